"""Run tests/pgtap/ with pg_prove on a throw-away server that the migrations made.

    python -m tools.verify.pgtap
        [--pg 15|18] [--jobs N] [--verbose] [FILE | DIRECTORY …]

pgTAP is loaded by psql into a schema of its own, `tap`: no extension on the server, and
nothing of it beside the schema that is tested.
"""

from __future__ import annotations

import argparse
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Final

import psycopg

from tools import migrate
from tools.console import Failure, run, timed
from tools.postgres import databases, debian, libpq
from tools.postgres.cluster import Cluster
from tools.postgres.os_user import environment
from tools.postgres.server import find_bin, throwaway
from tools.postgres.target import libpq_url
from tools.project import ROOT, TESTS
from tools.verify import lints, written

SUITE: Final = TESTS / "pgtap"
FIXTURES: Final = SUITE / "fixtures"
DATABASE: Final = "todo_pgtap"


def main(argv: Sequence[str]) -> int:
    """Run the tests and give the status of pg_prove."""
    arguments = parser("python -m tools.verify.pgtap").parse_args(argv)
    files = find_tests(arguments.paths or [SUITE])
    kit = debian.ensure()
    programs = kit.bin if arguments.pg == debian.MAJOR else find_bin(arguments.pg)
    with throwaway(programs) as cluster:
        with timed(f"PostgreSQL {cluster.version}, migrated, with pgTAP and fixtures"):
            prepare(cluster, kit)
        with psycopg.connect(cluster.url(DATABASE)) as connection:
            variables = libpq.variables(connection)
        return prove(
            [*kit.pg_prove(), "--psql-bin", str(cluster.bin / "psql")],
            files,
            {**environment(), **variables},  # PG* of the caller stay outside
            jobs=arguments.jobs,
            verbose=arguments.verbose,
        )


def prepare(cluster: Cluster, kit: debian.Kit) -> None:
    """Make the database that the tests run in.

    Raises:
        Failure: a migration, pgTAP or a fixture does not load; names the file.
    """
    databases.create(cluster.url(), DATABASE)
    load(cluster.url(DATABASE), cluster.bin / "psql", kit)


def load(url: str, psql: Path, kit: debian.Kit) -> None:
    """Migrate the empty database of *url*, and give it pgTAP and the fixtures.

    Raises:
        Failure: a migration, pgTAP or a fixture does not load; names the file.
    """
    migrate.apply(url)
    with psycopg.connect(libpq_url(url), autocommit=True) as connection:
        variables = libpq.variables(connection)
        _run(psql, variables, "-c", "create schema tap; set search_path = tap",
             "-f", str(kit.pgtap_sql),
             "-c", "grant usage on schema tap to public; "
             "grant execute on all functions in schema tap to public; "
             "grant select on all tables in schema tap to public")  # fmt: skip
        for fixture in sorted(FIXTURES.glob("*.sql")):
            _run(psql, variables, "-f", str(fixture))
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


def parser(prog: str) -> argparse.ArgumentParser:
    """Give what every way of running the tests understands."""
    made = argparse.ArgumentParser(prog=prog)
    made.add_argument("--pg", type=int, metavar="MAJOR", help="15, 18, …")
    # One: all files lock rows of the same two people, in one database.
    made.add_argument("--jobs", type=int, default=1, help="files at a time")
    made.add_argument("--verbose", action="store_true", help="show every assertion")
    made.add_argument("paths", nargs="*", type=Path)
    return made


def prove(
    pg_prove: Sequence[str],
    files: Sequence[Path],
    variables: Mapping[str, str],
    *,
    jobs: int,
    verbose: bool,
) -> int:
    """Run *files* and give the status of pg_prove.

    Args:
        pg_prove: the words that start it, with its psql.
        files: the tests, named from the checkout.
        variables: the environment of the child; libpq's say where to.
        jobs: how many files at a time.
        verbose: show every assertion.
    """
    options = ["--jobs", str(jobs), "--failures", "--comments"]
    options += ["--verbose"] if verbose else []
    names = [os.path.relpath(file, ROOT) for file in files]
    return subprocess.run(
        [*pg_prove, *options, *names],
        check=False,
        cwd=ROOT,
        env=dict(variables),
        stdin=subprocess.DEVNULL,
    ).returncode


def _run(psql: Path, variables: Mapping[str, str], *arguments: str) -> None:
    """Run psql in one transaction; it stops at the first error."""
    done = subprocess.run(
        [str(psql), "-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        env={**environment(), **variables},
    )
    if done.returncode:
        files = [word for word in arguments if word.endswith(".sql")]
        raise Failure(
            f"psql failed: {done.stderr.strip()}",
            where=" ".join(files),
            next="correct it, then python -m tools.verify.pgtap",
        )


if __name__ == "__main__":
    run(main)
