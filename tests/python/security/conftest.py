"""A real log-in as todo_app that becomes a person for one transaction at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import psycopg
import pytest

from tests.python.databases import as_app, copied
from tests.python.security.people import Acting, become
from tools.postgres.server import Cluster


@pytest.fixture
def acting(shared_app_url: str) -> Iterator[Acting]:
    """Open transactions of a person on one connection; each is rolled back."""
    with psycopg.connect(shared_app_url, autocommit=True) as connection:

        @contextmanager
        def act(who: UUID | None) -> Iterator[psycopg.Connection]:
            with connection.transaction(force_rollback=True):
                become(connection, who)
                yield connection

        yield act


@pytest.fixture(scope="session")
def shared_database(cluster: Cluster, template: str) -> Iterator[str]:
    """A copy for these tests alone: some ask for locks that nobody else may hold."""
    with copied(cluster, template) as url:
        yield url


@pytest.fixture(scope="session")
def shared_app_url(shared_database: str) -> str:
    """The address of the same copy as the backend's login."""
    return as_app(shared_database)
