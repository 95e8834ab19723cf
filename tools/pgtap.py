"""Run tests/pgtap/ with pg_prove on a throw-away server that the migrations made.

    python -m tools.pgtap [--pg 15|18] [--jobs N] [--verbose] [FILE | DIRECTORY …]

pgTAP is loaded by psql into a schema of its own, `tap`: no extension on the server, and
nothing of it beside the schema that is tested.
"""

from __future__ import annotations

import argparse
import os
import subprocess
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Final

import psycopg

from tools import debian, lints, migrate, written
from tools.account import environment
from tools.cluster import PORT, Cluster
from tools.console import Failure, run, timed
from tools.paths import ROOT, TESTS
from tools.server import find_bin, throwaway

SUITE: Final = TESTS / "pgtap"
FIXTURES: Final = SUITE / "fixtures"
DATABASE: Final = "todo_pgtap"


def main(argv: Sequence[str]) -> int:
    """Run the tests and give the status of pg_prove."""
    arguments = _parse(argv)
    files = find_tests(arguments.paths or [SUITE])
    kit = debian.ensure()
    programs = kit.bin if arguments.pg == debian.MAJOR else find_bin(arguments.pg)
    with throwaway(programs) as cluster:
        with timed(f"PostgreSQL {cluster.version}, migrated, with pgTAP and fixtures"):
            prepare(cluster, kit)
        return _prove(cluster, kit, files, arguments)


def prepare(cluster: Cluster, kit: debian.Kit) -> None:
    """Make the database that the tests run in.

    Raises:
        Failure: a migration, pgTAP or a fixture does not load; names the file.
    """
    _load(cluster, "postgres", "-c", f"create database {DATABASE}")
    migrate.apply(cluster.url(DATABASE))
    _load(cluster, DATABASE, "-1", "-c", "create schema tap; set search_path = tap",
          "-f", str(kit.pgtap_sql),
          "-c", "grant usage on schema tap to public; "
          "grant execute on all functions in schema tap to public; "
          "grant select on all tables in schema tap to public")  # fmt: skip
    for fixture in sorted(FIXTURES.glob("*.sql")):
        _load(cluster, DATABASE, "-1", "-f", str(fixture))
    with psycopg.connect(cluster.url(DATABASE)) as connection:
        load_lints(connection)
        load_written(connection)


def load_lints(connection: psycopg.Connection) -> None:
    """Put the rules of sql/lints/ where posture.sql finds them: `tests.lints`."""
    connection.execute(
        "create table tests.lints (key text, about text, page text, sql text)"
    )
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into tests.lints values (%s, %s, %s, %s)",
            [(rule.key, rule.about, rule.page, rule.sql) for rule in lints.read()],
        )


def load_written(connection: psycopg.Connection) -> None:
    """Put what sql/ says about columns there, too: `tests.written_…`."""
    connection.execute(
        "create table tests.written_grants"
        " (role text, relation text, column_name text, privilege text);"
        "create table tests.written_nullable (relation text, column_name text)"
    )
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into tests.written_grants values (%s, %s, %s, %s)",
            [astuple(grant) for grant in written.grants()],
        )
        cursor.executemany(
            "insert into tests.written_nullable values (%s, %s)", written.nullable()
        )


def find_tests(paths: Sequence[Path]) -> list[Path]:
    """Give the test files at and below *paths*, without the fixtures, in order.

    Raises:
        Failure: a path does not exist, or there is not one test.
    """
    found: set[Path] = set()
    for path in paths:
        if not path.exists():
            raise Failure(f"there is no {path}", next=f"ls {SUITE}")
        found |= set(path.rglob("*.sql")) if path.is_dir() else {path}
    tests = sorted(file for file in found if FIXTURES not in file.absolute().parents)
    if not tests:
        raise Failure(
            "there is no pgTAP test to run",
            where=", ".join(map(str, paths)),
            next=f"write one below {SUITE}",
        )
    return tests


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.pgtap")
    parser.add_argument("--pg", type=int, metavar="MAJOR", help="15, 18, …")
    parser.add_argument("--jobs", type=int, default=2, help="files at a time")
    parser.add_argument("--verbose", action="store_true", help="show every assertion")
    parser.add_argument("paths", nargs="*", type=Path)
    return parser.parse_args(argv)


def _prove(
    cluster: Cluster, kit: debian.Kit, files: list[Path], arguments: argparse.Namespace
) -> int:
    command = [*kit.pg_prove(), "--psql-bin", str(cluster.bin / "psql")]
    command += ["--host", str(cluster.socket), "--port", str(PORT)]
    command += ["--username", "postgres", "--dbname", DATABASE]
    command += ["--jobs", str(arguments.jobs), "--failures", "--comments"]
    command += ["--verbose"] if arguments.verbose else []
    names = [os.path.relpath(file, ROOT) for file in files]
    return subprocess.run(
        [*command, *names],
        check=False,
        cwd=ROOT,
        env=environment(),  # PG* of the caller stay outside
        stdin=subprocess.DEVNULL,
    ).returncode


def _load(cluster: Cluster, dbname: str, *args: str) -> None:
    done = cluster.psql("-q", *args, dbname=dbname)
    if done.returncode:
        raise Failure(
            f"psql failed: {done.stderr.strip()}",
            where=" ".join(word for word in args if word.endswith(".sql")) or dbname,
            next="correct it, then python -m tools.pgtap",
        )


if __name__ == "__main__":
    run(main)
