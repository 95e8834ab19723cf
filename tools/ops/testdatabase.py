"""A database for tests on a server that is not ours; it leaves nothing behind."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from tools.console import Failure, timed
from tools.postgres import databases, debian, libpq
from tools.postgres.target import check_target, describe, libpq_url
from tools.verify import pgtap


@contextmanager
def made(url: str, psql: Path, kit: debian.Kit) -> Iterator[dict[str, str]]:
    """Make and prepare a database beside that of *url*; give libpq's variables for it.

    Afterwards it is dropped, with the roles that the server did not have before. The
    database of *url* itself is only connected to.

    Raises:
        Failure: the server cannot be used, or its login is no superuser, which the
            tests need in order to become somebody else.
    """
    check_target(url)
    with psycopg.connect(libpq_url(url), autocommit=True) as connection:
        _require_superuser(connection, url)
        name = f"todo_pgtap_{secrets.token_hex(4)}"
        before = _roles(connection)
        databases.create(libpq_url(url), name)
        try:
            with timed(f"{name} on {describe(url)}, migrated, with pgTAP and fixtures"):
                pgtap.load(urlsplit(url)._replace(path=f"/{name}").geturl(), psql, kit)
            yield libpq.variables(connection, dbname=name)
        finally:
            _drop(connection, name, _roles(connection) - before)


def _require_superuser(connection: psycopg.Connection[Any], url: str) -> None:
    if connection.info.parameter_status("is_superuser") != "on":
        raise Failure(
            "the pgTAP tests become other people, for which the login must be a"
            " superuser",
            where=describe(url),
            next="unset DATABASE_URL for a throw-away server; make posture looks at a"
            " live database as its owner",
        )


def _roles(connection: psycopg.Connection[Any]) -> set[str]:
    return {
        row[0]
        for row in connection.execute(
            "select rolname from pg_catalog.pg_roles where rolname like 'todo\\_%'"
        )
    }


def _drop(connection: psycopg.Connection[Any], name: str, roles: set[str]) -> None:
    connection.execute(
        sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
    )
    for role in sorted(roles):
        connection.execute(sql.SQL("drop role {}").format(sql.Identifier(role)))
