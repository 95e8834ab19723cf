"""Checkouts whose private servers are stopped and removed with them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.python.tools import checkouts
from tests.python.tools.checkouts import Checkout
from tools.postgres.storage import scratch_dir


@pytest.fixture
def place() -> Iterator[Path]:
    """A short directory that every account can pass through, unlike tmp_path."""
    made = scratch_dir()
    yield made
    for server in made.rglob("tools/postgres/server.py"):
        assert Checkout(server.parents[2]).server("remove").returncode == 0
    shutil.rmtree(made)


@pytest.fixture
def new_checkout(place: Path) -> Checkout:
    """A checkout with no server yet."""
    return checkouts.make(place / "todo")


@pytest.fixture
def checkout(new_checkout: Checkout) -> Checkout:
    """A checkout with a data directory, whose server does not run."""
    checkouts.seed(new_checkout)
    return new_checkout
