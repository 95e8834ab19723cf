"""One cluster for all tests, and databases copied from one that is migrated once."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from tests.python import databases
from tests.python.databases import TEMPLATE, as_app, copied
from tools.postgres.server import Cluster, throwaway

# A shell starts what it puts into the background deaf to an interrupt, and children
# inherit that; the tests of interrupts are about programs that hear it.
signal.signal(signal.SIGINT, signal.default_int_handler)


_SERVERS = frozenset({"cluster", "database", "server", "url", "live"})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test by what it needs: `-m unit` runs without any server."""
    for item in items:
        needs = _SERVERS.intersection(getattr(item, "fixturenames", ()))
        item.add_marker("db" if needs else "unit")


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A throw-away server; PG_MAJOR or PG_BIN chooses its version."""
    if databases.GIVEN is not None:
        yield databases.GIVEN
        return
    with throwaway() as server:
        yield server


@pytest.fixture(scope="session")
def template(cluster: Cluster) -> str:
    """The name of a migrated database with Alice and Bob in it; never changed."""
    if databases.GIVEN is None:
        databases.fill(cluster)
    return TEMPLATE


@pytest.fixture
def database(cluster: Cluster, template: str) -> Iterator[str]:
    """The superuser's address of a database of this test's own."""
    with copied(cluster, template) as url:
        yield url


@pytest.fixture
def app_url(database: str) -> str:
    """The address of the same database as the backend's login."""
    return as_app(database)


@pytest.fixture(scope="session")
def shared_database(cluster: Cluster, template: str) -> Iterator[str]:
    """The superuser's address of a database whose tests leave it as it was."""
    with copied(cluster, template) as url:
        yield url


@pytest.fixture(scope="session")
def shared_app_url(shared_database: str) -> str:
    """The address of the shared database as the backend's login."""
    return as_app(shared_database)
