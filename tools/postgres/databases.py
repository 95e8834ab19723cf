"""Databases of a server that are made for a purpose and dropped after it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from tools.postgres.cluster import Cluster
from tools.project import LOGIN, MONITOR


def create(
    server: str, name: str, *, template: str = "", owner: str = "", strategy: str = ""
) -> None:
    """Make the database *name*.

    Args:
        server: address of another database of it, as a login that may make them.
        name: of the database.
        template: what it is a copy of; nobody may be connected to it.
        owner: whose it is, the login's by default.
        strategy: how it is copied, `file_copy` or `wal_log`.
    """
    _execute(server, _creation(name, template, owner, strategy))


def _creation(
    name: str, template: str = "", owner: str = "", strategy: str = ""
) -> sql.Composed:
    words = [sql.SQL("create database {}").format(sql.Identifier(name))]
    for word, value in (
        ("owner {}", owner),
        ("template {}", template),
        ("strategy {}", strategy),
    ):
        if value:
            words.append(sql.SQL(word).format(sql.Identifier(value)))
    return sql.SQL(" ").join(words)


def drop(server: str, name: str) -> None:
    """Drop the database *name* if it is there; who is connected to it is put out."""
    statement = sql.SQL("drop database if exists {} with (force)")
    _execute(server, statement.format(sql.Identifier(name)))


@contextmanager
def temporary(cluster: Cluster, name: str, template: str = "") -> Iterator[str]:
    """Make a database and give its address, as superuser; it is dropped at the end."""
    create(cluster.url(), name, template=template)
    try:
        yield cluster.url(name)
    finally:
        drop(cluster.url(), name)


@contextmanager
def copied(cluster: Cluster, template: str, name: str) -> Iterator[str]:
    """Copy the migrated database *template* and give the copy's address, as superuser.

    Args:
        cluster: the server; nobody may be connected to the template.
        template: what is copied.
        name: the copy, which is dropped at the end of the block.
    """
    database = sql.Identifier(name)
    _execute(
        cluster.url(),
        _creation(name, template),
        # Privileges on a database are not copied with it.
        sql.SQL("revoke all on database {} from public").format(database),
        sql.SQL("grant connect on database {} to {}, {}").format(
            database, sql.Identifier(LOGIN), sql.Identifier(MONITOR)
        ),
    )
    try:
        yield cluster.url(name)
    finally:
        drop(cluster.url(), name)


def _execute(server: str, *statements: sql.Composed) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)
