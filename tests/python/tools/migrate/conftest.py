"""A server for the tests of migrations, an empty database and directory for each."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

from tests.python.tools.migrate.folder import Base, Folder
from tools.postgres import databases
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
    with (
        databases.temporary(migration_server, name) as url,
        psycopg.connect(url, autocommit=True) as session,
    ):
        yield Base(url, session)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """An empty directory of migrations."""
    return Folder(tmp_path / "migrations")
