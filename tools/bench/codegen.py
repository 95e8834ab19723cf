"""What generating costs: `python -m tools.bench.codegen [--tables 300] [--rounds 5]`.

Each figure compares ways in interleaved rounds, whole processes all of them, on one
throw-away server, and prints medians and their ratio: the generator beside plain
sqlacodegen, and the import of its models beside a module of the same tables as one
would write it by hand. The last one is the check at the application's start. Absolute
times are this machine's; the ratios are the finding.

The limit of generating is about all that is generated: JSON Schema files, documents and
dump, too, which plain sqlacodegen does not make. The limit of importing is about the
project's own schema, as the application meets it.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import psycopg
from rich.table import Table

from tools import migrate, project
from tools.bench.many_tables import by_hand, script
from tools.console import Failure, out, run
from tools.postgres import databases
from tools.postgres.server import Cluster, throwaway
from tools.project import SCHEMAS

# What the project promises, on two cores; the bench fails where they are not kept.
GENERATION: Final = 1.5  # times plain sqlacodegen
IMPORT: Final = 1.5  # seconds, for the models of the project's own schema
CHECK: Final = 0.050  # seconds, for the fingerprint of the project's own schema

_PLAIN: Final = (
    "import sys; from sqlacodegen.cli import main; sys.argv[0] = 'sqlacodegen'; main()"
)
_PACKAGE: Final = """\
import sys
from pathlib import Path
from tools.codegen.build import OWN, models
from tools.codegen.output import write
write(models(sys.argv[1], OWN)[1], Path(sys.argv[2]))
"""
_IMPORT: Final = (
    "import {}; from sqlalchemy.orm import configure_mappers; configure_mappers()"
)
_NOTHING: Final = "import sqlmodel"


def main(argv: Sequence[str]) -> int:
    """Print the figures; 1 if a limit is not kept."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.bench.codegen", description="What generating costs."
    )
    parser.add_argument("--tables", type=int, default=300, help="default: %(default)s")
    parser.add_argument("--rounds", type=int, default=5, help="default: %(default)s")
    options = parser.parse_args(argv)
    with throwaway() as cluster, tempfile.TemporaryDirectory() as name:
        target = Path(name)
        for database in ("many", "own"):
            databases.create(cluster.url(), database)
        with psycopg.connect(cluster.url("many"), autocommit=True) as connection:
            connection.execute(script(options.tables).encode())
        made = _generation(cluster, target, options.tables, options.rounds)
        _import(target, options.tables, options.rounds)
        loaded = _own_import(options.rounds)
        migrate.apply(cluster.url("own"))
        own = cluster.url("own", driver="psycopg")
        checked = _check(own, options.rounds)
    return 0 if made <= GENERATION and loaded <= IMPORT and checked <= CHECK else 1


def _generation(cluster: Cluster, target: Path, tables: int, rounds: int) -> float:
    """Time both generators; give the ratio of all that is generated."""
    url = cluster.url("many")
    plain = ["--generator", "sqlmodels", "--schemas", SCHEMAS[0]]
    plain += ["--outfile", str(target / "plain_models.py")]
    plain.append(cluster.url("many", driver="psycopg"))
    ours = ["-m", "tools.codegen", "--url", url, "--target", str(target / "generated")]
    ways = {
        "plain sqlacodegen": ["-c", _PLAIN, *plain],
        "the package todo_models": ["-c", _PACKAGE, url, str(target / "package")],
        "all of generated/": ours,
    }
    times = _rounds(ways, rounds, project.ROOT)
    title = f"Generating from {tables} tables, limit of all {GENERATION} times"
    plain_median, _, all_median = _print(title, times, "s")
    return all_median / plain_median


def _import(target: Path, tables: int, rounds: int) -> None:
    """Time the import of the models and of a hand-written module."""
    (target / "by_hand.py").write_text(by_hand(tables), "utf-8")
    ways = {
        "sqlmodel alone": ["-c", _NOTHING],
        "a module by hand": ["-c", _IMPORT.format("by_hand")],
        "todo_models.tables": ["-c", _IMPORT.format("todo_models.tables")],
        "todo_models": ["-c", _IMPORT.format("todo_models")],
    }
    path = os.pathsep.join([str(target), str(target / "generated")])
    times = _rounds(ways, rounds, target, {"PYTHONPATH": path})
    _print(f"Importing {tables} tables, mappers configured", times, "s", by=1)


def _own_import(rounds: int) -> float:
    """Time the import of the project's own models; give its seconds."""
    ways = {
        "sqlmodel alone": ["-c", _NOTHING],
        "todo_models": ["-c", _IMPORT.format("todo_models")],
    }
    times = _rounds(ways, rounds, project.ROOT, {"PYTHONPATH": str(project.GENERATED)})
    title = f"Importing the project's own schema, limit {IMPORT} s"
    return _print(title, times, "s")[1]


def _check(url: str, rounds: int) -> float:
    """Time the fingerprint's check of the project's own schema; give its seconds."""
    from sqlalchemy import create_engine

    from todo_models import fingerprint

    engine = create_engine(url)
    taken = []
    for _ in range(rounds + 1):
        with engine.begin() as connection:
            start = time.perf_counter()
            found = fingerprint.differences(connection)
            taken.append(time.perf_counter() - start)
        if found:
            raise Failure(f"generated/ is stale: {found[0]}", next="make codegen")
    engine.dispose()
    times = {"fingerprint.differences": [1000 * one for one in taken[1:]]}
    title = f"Checking the project's own schema, limit {1000 * CHECK:.0f} ms"
    return _print(title, times, "ms")[0] / 1000


def _rounds(
    ways: Mapping[str, Sequence[str]],
    rounds: int,
    directory: Path,
    settings: Mapping[str, str] | None = None,
) -> dict[str, list[float]]:
    """Run every way once to warm up and then in turn; give the seconds of each."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    environment = {**os.environ, **(settings or {})}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # compile once, as users do
    for number in range(rounds + 1):
        for name, arguments in ways.items():
            start = time.perf_counter()
            done = subprocess.run(
                [sys.executable, *arguments],
                cwd=directory,
                env=environment,
                capture_output=True,
                text=True,
            )
            if done.returncode:
                raise Failure(f"{name} failed: {done.stderr.strip()}")
            if number:
                times[name].append(time.perf_counter() - start)
    return times


def _print(
    title: str, times: Mapping[str, Sequence[float]], unit: str, by: int = 0
) -> list[float]:
    """Print the medians, and their ratio to that of the way with number *by*."""
    table = Table("", unit, "from", "to", "ratio", title=title, title_justify="left")
    for column in table.columns[1:]:
        column.justify = "right"
    medians = [statistics.median(found) for found in times.values()]
    for median, (name, found) in zip(medians, times.items(), strict=True):
        figures = (median, min(found), max(found), median / medians[by])
        table.add_row(name, *(f"{figure:.2f}" for figure in figures))
    out.print(table)
    return medians


if __name__ == "__main__":
    run(main)
