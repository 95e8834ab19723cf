"""A Docker engine of the tests' own, with the base image of our Dockerfiles in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.python.tools.ops.served import ALL
from tools.console import Failure
from tools.ops import baseimage
from tools.ops.engine import Engine, obstacle, throwaway


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Leave the long form of the drills to `make drills`."""
    left_out = [item for item in items if item.get_closest_marker("drill") and not ALL]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)


@contextmanager
def excused() -> Iterator[None]:
    """Skip where no engine can be had; root in CI is not excused."""
    reason = obstacle()
    if reason is not None:
        pytest.skip(reason)
    try:
        yield
    except Failure as failure:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no engine starts here: {failure}")


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """The engine; a module has it alone, since only one can run."""
    with excused(), throwaway() as started:
        baseimage.ensure(started)
        yield started


@pytest.fixture
def reached(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """The engine, which this process's own children find too."""
    for name in ("PATH", "DOCKER_HOST", "DOCKER_CONFIG"):
        monkeypatch.setenv(name, engine.environment[name])
    return engine
