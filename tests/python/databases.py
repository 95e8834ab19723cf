"""Databases for tests: copies of one that is migrated and filled once."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg

from tools import migrate
from tools.postgres import databases
from tools.postgres.server import Cluster
from tools.project import TESTS

TEMPLATE: Final = "todo_template"
PASSWORD: Final = "only-for-tests"
# The bytes of the key in tests/pgtap/fixtures/010_identity.sql.
SIGNING_KEY: Final = "1:" + "a7" * 32
# A server with the template, for a campaign that runs tests again and again.
GIVEN: Cluster | None = None


def fill(cluster: Cluster) -> None:
    """Make the template on *cluster*: migrated, with Alice and Bob."""
    databases.create(cluster.url(), TEMPLATE)
    migrate.apply(cluster.url(TEMPLATE))
    with psycopg.connect(cluster.url(TEMPLATE), autocommit=True) as connection:
        for file in sorted((TESTS / "pgtap" / "fixtures").glob("*.sql")):
            connection.execute(file.read_bytes())
        connection.execute(f"alter role todo_app password '{PASSWORD}'")


@contextmanager
def copied(cluster: Cluster, template: str) -> Iterator[str]:
    """Copy the template under a name of its own; the copy is dropped at the end."""
    with databases.copied(cluster, template, f"test_{uuid.uuid4().hex[:12]}") as url:
        yield url


def as_app(url: str) -> str:
    """Turn the superuser's address into that of the backend's login."""
    return url.replace("postgres@", f"todo_app:{PASSWORD}@", 1)
