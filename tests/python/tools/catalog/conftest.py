"""The schema that uses every kind of object, on the oldest and the newest server."""

from __future__ import annotations

import random
from collections.abc import Iterator

import psycopg
import pytest

from tests.python.campaigns.catalog_mutants import campaign
from tools.postgres import databases
from tools.postgres.server import Cluster, find_bin, throwaway

MAJORS = (15, 18)
DATABASE = "shop"


@pytest.fixture(scope="session", params=MAJORS, ids=lambda major: f"pg{major}")
def built(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """A cluster whose database `shop` holds the schema of those mutants."""
    with throwaway(find_bin(request.param), campaign.SERVER) as cluster:
        fill(cluster)
        yield cluster


def fill(cluster: Cluster, order: random.Random | None = None) -> None:
    """Make the database `shop`; with *order*, its statements are shuffled by it."""
    databases.create(cluster.url(), DATABASE)
    with psycopg.connect(cluster.url(DATABASE), autocommit=True) as connection:
        campaign.build(connection, campaign.stages(), order)


@pytest.fixture
def url(built: Cluster) -> str:
    """The address of that database."""
    return built.url(DATABASE)


@pytest.fixture
def session(url: str) -> Iterator[psycopg.Connection]:
    """A superuser's session whose changes are taken back."""
    with psycopg.connect(url) as connection:
        yield connection
        connection.rollback()
