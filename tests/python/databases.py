"""Databases for tests: copies of one that is migrated and filled once."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
from psycopg import sql

from tools.server import Cluster

TEMPLATE: Final = "todo_template"
PASSWORD: Final = "only-for-tests"
# The bytes of the key in tests/pgtap/fixtures/010_identity.sql.
SIGNING_KEY: Final = "1:" + "a7" * 32


@contextmanager
def copied(cluster: Cluster, template: str) -> Iterator[str]:
    """Copy the template; the copy is dropped at the end."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(cluster.url(), autocommit=True) as connection:
        connection.execute(f"create database {name} template {template}")
        # Privileges on a database are not copied with it.
        connection.execute(f"revoke all on database {name} from public")
        connection.execute(f"grant connect on database {name} to todo_app")
        yield cluster.url(name)
        connection.execute(
            sql.SQL("drop database {} with (force)").format(sql.Identifier(name))
        )


def as_app(url: str) -> str:
    """Turn the superuser's address into that of the backend's login."""
    return url.replace("postgres@", f"todo_app:{PASSWORD}@", 1)
