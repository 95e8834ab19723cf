"""Give todo_monitor a password: `make monitor-login`.

    python -m tools.ops.monitor.login [--file FILE]

It works on DATABASE_URL, or on the project's private server. The address, with that
URL's own host and options, is written into a file of mode 600, for TODO_MONITOR_URL. It
is on the disk before the password is changed, so that a run that fails loses none.
"""

from __future__ import annotations

import argparse
import secrets
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection, sql

from tools.console import Failure, note, run, say
from tools.credentials import address, envfile, login
from tools.postgres.server import admin_url
from tools.postgres.storage import explained
from tools.postgres.target import CONNECT_SECONDS, check_target, describe, libpq_url
from tools.project import BUILD, MONITOR


def main(argv: Sequence[str]) -> int:
    """Set a new password and write the address."""
    parser = argparse.ArgumentParser(prog="python -m tools.ops.monitor.login")
    parser.add_argument("--file", type=Path, default=BUILD / "monitor.env")
    file: Path = parser.parse_args(argv).file
    url = admin_url()
    check_target(url)
    with explained(file.parent):
        file.parent.mkdir(parents=True, exist_ok=True)
    give(url, partial(_prepare, file))
    envfile.replace(file)
    say(f"{MONITOR} of {describe(url)} has a new password; its address: {file}")
    return 0


def give(url: str, keep: Callable[[str], None] = lambda _: None) -> str:
    """Set a new password, and give the address with it.

    Args:
        url: of the database, as the migrating login.
        keep: is given the address before anything is changed.

    Raises:
        Failure: the role is not there, or this login may not change it.
    """
    password = secrets.token_urlsafe(32)
    found = address.login_url(libpq_url(url), MONITOR, password)
    with psycopg.connect(
        libpq_url(url), autocommit=True, connect_timeout=CONNECT_SECONDS
    ) as connection:
        keep(found)
        try:
            login.set_password(connection, password, MONITOR)
        except psycopg.errors.UndefinedObject as error:
            raise Failure(
                f"there is no role {MONITOR}", where=describe(url), next="make migrate"
            ) from error
        _let_see(connection)
    return found


def _prepare(file: Path, found: str) -> None:
    envfile.prepare(
        file,
        {"TODO_MONITOR_URL": f"'{found}'"},
        title="The exporter's address; written by make monitor-login.",
        elsewhere="make monitor-login file=/path/to/file",
    )


def _let_see(connection: Connection[Any]) -> None:
    statement = sql.SQL("grant pg_monitor to {}").format(sql.Identifier(MONITOR))
    try:
        connection.execute(statement)
    except psycopg.errors.InsufficientPrivilege:
        note(
            f"pg_monitor could not be granted to {MONITOR}, so that some metrics are"
            " left out; whoever rules the host can grant it"
        )


if __name__ == "__main__":
    run(main)
