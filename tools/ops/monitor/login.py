"""Give todo_monitor a password: `make monitor-login`.

    python -m tools.ops.monitor.login [--file FILE]

It works on DATABASE_URL, or on the project's private server. The address is written
into a file of mode 600, for TODO_MONITOR_URL; the password travels as a verifier.
"""

from __future__ import annotations

import argparse
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psycopg
from psycopg import sql

from tools.console import Failure, note, run, say
from tools.postgres.server import admin_url
from tools.postgres.target import CONNECT_SECONDS, check_target, describe, libpq_url
from tools.project import BUILD

LOGIN: Final = "todo_monitor"


def main(argv: Sequence[str]) -> int:
    """Set a new password and write the address."""
    parser = argparse.ArgumentParser(prog="python -m tools.ops.monitor.login")
    parser.add_argument("--file", type=Path, default=BUILD / "monitor.env")
    chosen = parser.parse_args(argv)
    url = admin_url()
    check_target(url)
    address = give(url)
    chosen.file.parent.mkdir(parents=True, exist_ok=True)
    partial = chosen.file.with_name(chosen.file.name + ".partial")
    partial.unlink(missing_ok=True)
    partial.touch(0o600)
    partial.write_text(f"TODO_MONITOR_URL='{address}'\n", encoding="utf-8")
    partial.replace(chosen.file)
    say(f"{LOGIN} of {describe(url)} has a new password; its address: {chosen.file}")
    return 0


def give(url: str) -> str:
    """Set a new password, and give the address with it.

    Args:
        url: of the database, as the migrating login.

    Raises:
        Failure: the role is not there, or this login may not change it.
    """
    password = secrets.token_urlsafe(32)
    with psycopg.connect(
        libpq_url(url), autocommit=True, connect_timeout=CONNECT_SECONDS
    ) as connection:
        verifier = connection.pgconn.encrypt_password(
            password.encode(), LOGIN.encode(), b"scram-sha-256"
        ).decode()
        statement = sql.SQL("alter role {} password {}")
        try:
            connection.execute(statement.format(sql.Identifier(LOGIN), verifier))
        except psycopg.errors.UndefinedObject as error:
            raise Failure(
                f"there is no role {LOGIN}", where=describe(url), next="make migrate"
            ) from error
        except psycopg.errors.InsufficientPrivilege as error:
            raise Failure(
                f"this login may not set the password of {LOGIN}",
                where=describe(url),
                next="run it as the login that migrated",
            ) from error
        try:
            connection.execute("grant pg_monitor to todo_monitor")
        except psycopg.errors.InsufficientPrivilege:
            note(
                f"pg_monitor could not be granted to {LOGIN}, so that some metrics are"
                " left out; whoever rules the host can grant it"
            )
        info = connection.info
        host, port = quote(info.host, safe=""), info.port
        tls = "&sslmode=require" if info.pgconn.ssl_in_use else ""
        where = f"{quote(info.dbname)}?host={host}&port={port}{tls}"
        return f"postgresql://{LOGIN}:{password}@/{where}"


if __name__ == "__main__":
    run(main)
