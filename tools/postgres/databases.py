"""Copies of a database on the same server: for what changes it and must not last."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from tools.postgres.cluster import Cluster


@contextmanager
def copied(cluster: Cluster, template: str, name: str) -> Iterator[str]:
    """Copy the database *template* and give the copy's address, as superuser.

    Args:
        cluster: the server; nobody may be connected to the template.
        template: what is copied.
        name: the copy, which is dropped at the end of the block.
    """
    of = {"name": sql.Identifier(name), "template": sql.Identifier(template)}
    with psycopg.connect(cluster.url(), autocommit=True) as connection:
        for statement in (
            "create database {name} template {template}",
            # Privileges on a database are not copied with it.
            "revoke all on database {name} from public",
            "grant connect on database {name} to todo_app",
        ):
            connection.execute(sql.SQL(statement).format(**of))
    try:
        yield cluster.url(name)
    finally:
        with psycopg.connect(cluster.url(), autocommit=True) as connection:
            connection.execute(
                sql.SQL("drop database {name} with (force)").format(**of)
            )
