"""A database for the tests of todo_db, pools that lead to it, and a wiretap."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from tests.python.databases import as_app, copied
from tests.python.todo_db.sample import MakeDatabase, environment
from tests.python.todo_db.wiretap import Wiretap, tapped
from todo_db import Database
from tools.postgres.server import Cluster


@pytest.fixture(scope="session")
def admin_url(cluster: Cluster, template: str) -> Iterator[str]:
    """The superuser's address of a database that these tests fill."""
    with copied(cluster, template) as address:
        yield address


@pytest.fixture(scope="session")
def url(admin_url: str) -> str:
    """The app's address of it."""
    return as_app(admin_url)


@pytest.fixture
def db(url: str) -> Iterator[Database]:
    """A `Database` with a pool of its own."""
    database = Database.from_env(environment(url))
    yield database
    database.close()


@pytest.fixture
def make_db() -> Iterator[MakeDatabase]:
    """Makes a `Database` for an address, with more settings if need be; closes it."""
    made: list[Database] = []

    def make(address: str, **more: str) -> Database:
        made.append(Database.from_env(environment(address, **more)))
        return made[-1]

    yield make
    for database in made:
        database.close()


@pytest_asyncio.fixture
async def adb(url: str) -> AsyncIterator[Database]:
    """A `Database` whose asynchronous side is closed in its own event loop."""
    database = Database.from_env(environment(url))
    yield database
    await database.aclose()


@pytest.fixture
def tap(cluster: Cluster) -> Iterator[Wiretap]:
    """A tap in front of the server."""
    with tapped(cluster) as tap:
        yield tap


@pytest.fixture
def tapped_url(url: str, tap: Wiretap) -> str:
    """The app's URL through the tap."""
    return tap.url(url)
