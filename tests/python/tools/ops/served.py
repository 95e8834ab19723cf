"""A server that archives its WAL, with our database and two people in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg
import pytest

from tools import migrate
from tools.console import Failure
from tools.ops import packages
from tools.ops.backup import place
from tools.ops.backup.place import Place
from tools.postgres.binaries import find_bin
from tools.postgres.cluster import Cluster
from tools.postgres.throwaway import throwaway
from tools.project import TESTS

SETTINGS: Final = {
    "wal_level": "replica",
    "archive_mode": "on",
    "full_page_writes": "on",
    "max_wal_senders": "4",
    "archive_timeout": "60",
}
# Both servers in `make drills`; the newest, and fewer tests, in every `make test`.
ALL: Final = os.environ.get("TODO_TEST_DRILLS") == "all"
MAJORS: Final = [18, 15] if ALL else [18]


@contextmanager
def served(major: int | None = None) -> Iterator[Place]:
    """Start a server whose database `todo` is migrated, and give its place."""
    with throwaway(find_bin(major), SETTINGS) as cluster:
        yield filled(cluster)


def filled(cluster: Cluster) -> Place:
    """Make the database `todo` on *cluster*, with Alice and Bob in it."""
    with psycopg.connect(cluster.url(), autocommit=True) as connection:
        connection.execute("create database todo")
    migrate.apply(cluster.url("todo"))
    with psycopg.connect(cluster.url("todo"), autocommit=True) as connection:
        for file in sorted((TESTS / "pgtap" / "fixtures").glob("*.sql")):
            connection.execute(file.read_bytes())
    return place.of_cluster(cluster, cluster.url("todo"))


def need(*programs: str) -> None:
    """Skip where a program is not to be had; root in CI is not excused."""
    try:
        for program in programs:
            packages.find(program)
    except Failure as failure:
        if os.environ.get("CI") == "true" and os.geteuid() == 0:
            raise
        pytest.skip(str(failure))


@contextmanager
def damaged(file: Path) -> Iterator[None]:
    """Turn the bits of one byte in the middle of *file* for the block."""
    whole = file.read_bytes()
    middle = len(whole) // 2
    file.write_bytes(
        whole[:middle] + bytes([whole[middle] ^ 0xFF]) + whole[middle + 1 :]
    )
    try:
        yield
    finally:
        file.write_bytes(whole)


@contextmanager
def gone(file: Path) -> Iterator[None]:
    """Take *file* away for the block."""
    aside = file.rename(file.parents[4] / file.name)
    try:
        yield
    finally:
        aside.rename(file)
