"""The generator keeps its promises on schemas that were made to break it.

Each file of `corpus/` is one schema `app`, in two parts: what `create_all` needs to
find in the database, and what the generator is about. TODO_TEST_CORPUS=all adds what
takes longer: a type checker over each package instead of one, all files of the output.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from sqlalchemy import make_url

from tests.python.tools.codegen import exercise, routines
from tests.python.tools.codegen.conftest import TOY, database_of
from tools import catalog
from tools.codegen import build, uncarried
from tools.codegen import documents as docs
from tools.codegen.output import Files, write
from tools.codegen.plan import Plan
from tools.postgres.server import Cluster
from tools.review.filler import fill

CORPUS = sorted(Path(__file__).with_name("corpus").glob("*.sql"))
# One defect each, which test_cases.py looks at.
CASES = sorted(Path(__file__).with_name("corpus").glob("cases/*.sql"))
# Rows that the filler finds for no schema by itself.
HELP = Path(__file__).with_name("corpus") / "help"
EVERYTHING = os.environ.get("TODO_TEST_CORPUS") == "all"
# Between what a schema leans on and the schema itself.
MARK = "-- What create_all makes.\n"


@dataclass(frozen=True)
class Case:
    """One schema in three databases, and what was generated from it."""

    schema: str
    original: str
    filled: str
    empty: str
    plan: Plan
    package: Files


@contextmanager
def opened(cluster: Cluster, path: Path) -> Iterator[Case]:
    """Make the databases of the file at *path*, and generate."""
    script = path.read_text("utf-8")
    schema = "app" if path in CORPUS else path.stem
    leaning = script.partition(MARK)[0] if MARK in script else f"create schema {schema}"
    name = f"corpus_{path.stem}"
    with ExitStack() as stack:
        original, filled, empty = (
            stack.enter_context(database_of(cluster, f"{name}_{use}", text))
            for use, text in (
                ("original", script),
                ("filled", script),
                ("empty", leaning),
            )
        )
        plan, package = build.models(original, build.Source((schema,), None))
        yield Case(schema, original, filled, empty, plan, package)


# The filler finds no rows for these by itself: their rules bind several columns.
UNFILLED = {"counted", "nulls_in_rules", "several"}
FILLED = [path for path in CASES if EVERYTHING and path.stem not in UNFILLED]


@pytest.mark.parametrize("path", [*CORPUS, TOY, *FILLED], ids=lambda path: path.stem)
def test_the_promises_hold(cluster: Cluster, path: Path, tmp_path: Path) -> None:
    with opened(cluster, path) as case:
        docs.render(case.plan)
        leaning = uncarried.facts(case.empty, case.schema)
        write(case.package, tmp_path)
        fill(case.filled, 2, help=HELP)
        done = exercised(case, tmp_path)
        assert done["tables"] == len(case.plan.tables)
        assert done["least"] == len(case.plan.tables)
        assert differing(case) == announced(case, leaning)
        if EVERYTHING:
            build.render(case.original, build.Source((case.schema,), None))
        if EVERYTHING or path.stem == "routines":  # whose code has most to go wrong
            assert typed(tmp_path) == ""


def test_functions_of_every_shape_can_be_called(
    cluster: Cluster, tmp_path: Path
) -> None:
    (path,) = (one for one in CORPUS if one.stem == "routines")
    with opened(cluster, path) as case:
        write(case.package, tmp_path)
        url = make_url(case.original).set(drivername="postgresql+psycopg")
        address = url.render_as_string(False)
        command = [sys.executable, "-W", "error", routines.__file__, str(tmp_path)]
        done = subprocess.run([*command, address], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-6000:]


def typed(directory: Path) -> str:
    """What a strict type checker has to say about the package."""
    command = [sys.executable, "-m", "mypy", "--strict", "--no-incremental"]
    done = subprocess.run(
        [*command, "todo_models"], cwd=directory, capture_output=True, text=True
    )
    return done.stdout if done.returncode else ""


def exercised(case: Case, directory: Path) -> dict[str, int]:
    """Use the package on the three databases, as `exercise` does."""
    addresses = [
        make_url(url).set(drivername="postgresql+psycopg").render_as_string(False)
        for url in (case.filled, case.original, case.empty)
    ]
    done = subprocess.run(
        [sys.executable, "-W", "error", exercise.__file__, str(directory), *addresses],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-6000:]
    found: dict[str, int] = json.loads(done.stdout)
    return found


def differing(case: Case) -> set[str]:
    """Name what differs between the original and what `create_all` made."""
    original, empty = (
        uncarried.facts(case.original, case.schema),
        uncarried.facts(case.empty, case.schema),
    )
    return {one.key for one in catalog.differences(original, empty)}


def announced(case: Case, leaning: Mapping[str, str]) -> set[str]:
    """Name what the package says it does not carry, without what was there already."""
    original = uncarried.facts(case.original, case.schema)
    module: dict[str, Any] = {}
    exec(case.package[PurePosixPath("todo_models/uncarried.py")], module)  # noqa: S102
    return {
        name
        for name in module["UNCARRIED"]
        if any(
            leaning.get(key) != value
            for key, value in original.items()
            if f"{key}: ".startswith(f"{name}: ")
        )
    }
