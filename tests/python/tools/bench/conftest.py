"""A small world in all systems, on the tests' server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tools.bench.data import World
from tools.bench.mix import SYSTEMS
from tools.bench.place import Place, place
from tools.postgres.server import throwaway


@pytest.fixture(scope="package")
def small() -> Iterator[Place]:
    """Two thousand tasks, on a server of their own: its roles are no other test's."""
    with ExitStack() as stack:
        cluster = stack.enter_context(throwaway())
        yield stack.enter_context(place(World(2000), SYSTEMS, cluster, writer=False))
