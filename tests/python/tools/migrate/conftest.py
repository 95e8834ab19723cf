"""A server for the tests of migrations, an empty database and directory for each."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

from tests.python.tools.migrate.folder import Base, Folder
from tools.postgres.cluster import Cluster
from tools.postgres.throwaway import throwaway

_numbers = count(1)


@pytest.fixture(scope="session")
def migration_server() -> Iterator[Cluster]:
    """A cluster whose roles these tests may change."""
    with throwaway(settings={"max_connections": "100"}) as cluster:
        yield cluster


@pytest.fixture
def base(migration_server: Cluster) -> Iterator[Base]:
    """An empty database; it goes with whatever still works in it."""
    name = f"migrations_{next(_numbers)}"
    with psycopg.connect(migration_server.url(), autocommit=True) as admin:
        admin.execute(f"create database {name}".encode())
        url = migration_server.url(name)
        try:
            with psycopg.connect(url, autocommit=True) as session:
                yield Base(url, session)
        finally:
            admin.execute(f"drop database {name} with (force)".encode())


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """An empty directory of migrations."""
    return Folder(tmp_path / "migrations")
