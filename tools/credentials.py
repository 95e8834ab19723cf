"""Gives the app its login and its signing key: `python -m tools.credentials`.

Migrations make the role todo_app without a password and no signing key at all: secrets
are not history. This command sets both in the database and writes what the app needs to
know into a file of mode 600. A secret is never part of an SQL text, so that it appears
in no log and in no statistics view: the password travels as a SCRAM verifier, the key
by COPY.
"""

from __future__ import annotations

import argparse
import os
import secrets
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy.engine import URL

from tools.console import Failure, run, say
from tools.paths import ENV_FILE
from tools.server import admin_url
from tools.target import CONNECT_SECONDS, check_target, libpq_url

LOGIN: Final = "todo_app"
_BLOCK: Final = 64  # bytes of an HMAC-SHA256 block (RFC 2104)


def ensure(url: str, env_file: Path = ENV_FILE) -> list[str]:
    """Make sure that *env_file* opens the door of the database at *url*.

    What the file holds is kept if the database still takes it, and replaced otherwise.

    Args:
        url: of the database as the migrating login.
        env_file: is written with mode 600 when something in it is new.

    Returns:
        Lines that say what was done; none if nothing had to be.

    Raises:
        Failure: the login may not do it, or the file cannot be written.
    """
    known = read_env(env_file)
    done: list[str] = []
    with _connect(url) as connection:
        app_url = known.get("TODO_DATABASE_URL", "")
        if not _opens(app_url, connection):
            app_url = _set_password(connection, url)
            done.append(f"set the password of {LOGIN}")
        key = known.get("TODO_SIGNING_KEY", "")
        if not _is_in_use(connection, key):
            key = add_key(connection)
            done.append(f"made signing key {key.partition(':')[0]}")
    if done:
        known |= {"TODO_DATABASE_URL": app_url, "TODO_SIGNING_KEY": key}
        write_env(env_file, known)
        done.append(f"wrote {env_file.name} (mode 600)")
    return done


def add_key(connection: psycopg.Connection) -> str:
    """Put a new signing key into the database and return it as `<key id>:<hex>`."""
    secret = secrets.token_bytes(32)
    inner, outer = _pads(secret)
    with connection.transaction():
        connection.execute("set local role todo_owner")
        row = connection.execute(
            "select coalesce(max(key_id), 0) + 1 from app_private.signing_keys"
        ).fetchone()
        assert row is not None  # noqa: S101 - an aggregate always gives a row
        copy = "copy app_private.signing_keys (key_id, inner_pad, outer_pad) from stdin"
        with connection.cursor().copy(copy) as rows:
            rows.write_row((row[0], inner, outer))
    return f"{row[0]}:{secret.hex()}"


def retire_key(connection: psycopg.Connection, key_id: int) -> None:
    """Stop taking tokens of a key at once.

    Raises:
        Failure: there is no such key in use, or it is the last one.
    """
    with connection.transaction():
        connection.execute("set local role todo_owner")
        keys = connection.execute(
            "select key_id from app_private.signing_keys where retired_at is null"
        ).fetchall()
        if (key_id,) not in keys:
            raise Failure(
                f"there is no signing key {key_id} in use",
                where="app_private.signing_keys",
                next=f"in use: {', '.join(str(k) for (k,) in keys) or 'none'}",
            )
        if len(keys) == 1:
            raise Failure(
                f"signing key {key_id} is the only one: without it nobody gets in",
                next="python -m tools.credentials --rotate, deploy, then retire it",
            )
        connection.execute(
            "update app_private.signing_keys set retired_at = now() where key_id = %s",
            (key_id,),
        )


def read_env(path: Path) -> dict[str, str]:
    """Read `NAME=value` lines; a file that is not there is empty."""
    if not path.exists():
        return {}
    lines = (line.strip() for line in path.read_text("utf-8").splitlines())
    pairs = (line.split("=", 1) for line in lines if line and line[0] != "#")
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}


def write_env(path: Path, values: dict[str, str]) -> None:
    """Replace *path* as a whole, readable by its owner alone.

    Raises:
        Failure: the file cannot be written.
    """
    text = "# Secrets of the application; written by tools.credentials.\n" + "".join(
        f"{name}={value}\n" for name, value in values.items()
    )
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".env-")  # mode 600
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)
    except OSError as error:
        raise Failure(
            f"cannot write {path.name}: {error.strerror}", where=str(path.parent)
        ) from error


def _connect(url: str) -> psycopg.Connection:
    check_target(url)  # has a reason and a next step for each obstacle
    return psycopg.connect(
        libpq_url(url),
        autocommit=True,
        connect_timeout=CONNECT_SECONDS,
        application_name="todo-credentials",
    )


def _set_password(connection: psycopg.Connection, url: str) -> str:
    """Give the login a new random password and return its address."""
    password = secrets.token_urlsafe(32)
    verifier = connection.pgconn.encrypt_password(
        password.encode(), LOGIN.encode(), b"scram-sha-256"
    ).decode()
    statement = sql.SQL("alter role {} password {}")
    try:
        try:
            connection.execute(statement.format(sql.Identifier(LOGIN), verifier))
        except psycopg.DatabaseError as error:
            if "plaintext" not in str(error):
                raise
            # Neon measures the entropy itself and takes no verifier.
            connection.execute(statement.format(sql.Identifier(LOGIN), password))
    except psycopg.errors.UndefinedObject as error:
        raise Failure(
            f"there is no role {LOGIN}: the migrations are not applied",
            next="make migrate",
        ) from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise Failure(
            f"this login may not set the password of {LOGIN}",
            where=connection.info.user,
            next="run it as the login that migrated, which has CREATEROLE",
        ) from error
    return _app_url(url, password)


def _app_url(url: str, password: str) -> str:
    """Turn the migrating login's address into the app's, host and options kept.

    Without `&` as far as possible: a shell that reads the file ends the line there.
    """
    parts = conninfo_to_dict(url)
    host, port = str(parts.pop("host", "") or ""), parts.pop("port", None)
    database = str(parts.pop("dbname", "") or "")
    for own in ("user", "password", "application_name", "connect_timeout"):
        parts.pop(own, None)
    query = {name: str(value) for name, value in parts.items() if value is not None}
    if host.endswith(".neon.tech"):
        # The app goes through Neon's pooler: the same name with -pooler in it.
        host = host.replace(".", "-pooler.", 1)
        query.pop("channel_binding", None)  # the door requires it there anyway
    return URL.create(
        "postgresql",
        username=LOGIN,
        password=password,
        host=quote(host, safe="") or None,  # a directory, if it begins with a slash
        port=int(port) if port else None,
        database=database,
        query=query,
    ).render_as_string(hide_password=False)


def _opens(app_url: str, connection: psycopg.Connection) -> bool:
    """Whether *app_url* logs in as the app to the database of *connection*."""
    if not app_url:
        return False
    # A pooled host stands for the direct one that migrations use.
    host = str(conninfo_to_dict(app_url).get("host", "")).replace("-pooler.", ".", 1)
    if host != connection.info.host:
        return False
    try:
        with psycopg.connect(app_url, connect_timeout=5) as app:
            row = app.execute("select current_database(), session_user").fetchone()
    except psycopg.Error:
        return False
    return row == (connection.info.dbname, LOGIN)


def _is_in_use(connection: psycopg.Connection, key: str) -> bool:
    """Whether *key* (`<key id>:<hex>`) is in the database and not retired."""
    number, _, text = key.partition(":")
    try:
        pads = _pads(bytes.fromhex(text))
        key_id = int(number)
    except ValueError:
        return False
    with connection.transaction():
        connection.execute("set local role todo_owner")
        row = connection.execute(
            "select inner_pad, outer_pad from app_private.signing_keys"
            " where key_id = %s and retired_at is null",
            (key_id,),
        ).fetchone()
    return row is not None and (bytes(row[0]), bytes(row[1])) == pads


def _pads(secret: bytes) -> tuple[bytes, bytes]:
    """Fill *secret* to one block, xor-ed with the two constants of RFC 2104."""
    block = secret.ljust(_BLOCK, b"\0")
    return bytes(b ^ 0x36 for b in block), bytes(b ^ 0x5C for b in block)


def main(argv: Sequence[str]) -> int:
    """Set what is missing; or rotate or retire a signing key."""
    parser = argparse.ArgumentParser(prog="tools.credentials", description=__doc__)
    parser.add_argument("--env-file", type=Path, default=ENV_FILE, metavar="FILE")
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--rotate", action="store_true", help="add a key beside the old")
    group.add_argument("--retire", type=int, metavar="KEY", help="stop taking a key")
    args = parser.parse_args(argv)
    url = admin_url()
    if args.retire is not None:
        with _connect(url) as connection:
            retire_key(connection, args.retire)
        say(f"retired signing key {args.retire}: its tokens are refused from now on")
        return 0
    if args.rotate:
        with _connect(url) as connection:
            key = add_key(connection)
        values = read_env(args.env_file) | {"TODO_SIGNING_KEY": key}
        write_env(args.env_file, values)
        number = key.partition(":")[0]
        say(f"made signing key {number} and wrote it to {args.env_file} (mode 600)")
        say("next: deploy it; then python -m tools.credentials --retire <old key>")
        return 0
    for line in ensure(url, args.env_file) or ["nothing to do"]:
        say(line)
    return 0


if __name__ == "__main__":
    run(main)
