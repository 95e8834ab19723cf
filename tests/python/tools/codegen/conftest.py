"""The toy schema, generated once and imported under a name of its own."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, make_url

from tools.codegen import build
from tools.codegen.output import Files, write
from tools.postgres import databases
from tools.postgres.server import Cluster

TOY = Path(__file__).with_name("toy.sql")


@contextmanager
def database_of(cluster: Cluster, name: str, script: str) -> Iterator[str]:
    """A database that holds what *script* makes; it is dropped at the end."""
    with databases.temporary(cluster, name) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(script.encode())
        yield url


@pytest.fixture(scope="session")
def toy_url(cluster: Cluster) -> Iterator[str]:
    """The address of a database with the toy schema, as its owner."""
    with database_of(cluster, "codegen_toy", TOY.read_text("utf-8")) as url:
        yield url


@pytest.fixture(scope="session")
def toy_files(toy_url: str) -> Files:
    """What is generated from the toy schema."""
    return build.render(toy_url, build.Source(("toy",), None))


@pytest.fixture(scope="session")
def toy(toy_files: Files, tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The generated package, imported as ``toy_models``."""
    target = tmp_path_factory.mktemp("toy")
    write(toy_files, target)
    (target / "todo_models").rename(target / "toy_models")
    sys.path.insert(0, str(target))
    try:
        for name in ("functions", "functions_async", "views"):
            importlib.import_module(f"toy_models.{name}")
        return importlib.import_module("toy_models")
    finally:
        sys.path.remove(str(target))


@pytest.fixture(scope="session")
def toy_engine(toy_url: str) -> Iterator[Engine]:
    """The toy schema's database, as SQLAlchemy connects."""
    engine = create_engine(make_url(toy_url).set(drivername="postgresql+psycopg"))
    yield engine
    engine.dispose()
