"""Run tests/pgtap/ with pg_prove in a container: what `make test-pgtap` does.

    python -m tools.ops.pgprove [--engine auto|require|none] [--pg MAJOR] [--jobs N]
                                [--verbose] [FILE | DIRECTORY …]

On the server of DATABASE_URL they run in a database of their own, which is dropped
afterwards; without it on a throw-away server. Where no Docker engine answers, the same
files run without one. Exit status: pg_prove's; 1 also where a needed engine is missing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL, PIPE, STDOUT
from subprocess import run as run_child
from typing import Final

import psycopg

from tools.console import Failure, note, report, run, say, timed
from tools.ops import docker, testdatabase
from tools.postgres import debian, libpq, os_user
from tools.postgres.server import find_bin, throwaway
from tools.postgres.target import given_url
from tools.project import ROOT
from tools.verify import pgtap

ASSETS: Final = Path(__file__).parent / "assets" / "pgtap"
IMAGE: Final = "todo-db/pgtap"
# libpq's variables that name files, which the container is to see.
_FILES: Final = ("PGSSLROOTCERT", "PGSSLCERT", "PGSSLKEY", "PGSSLCRL", "PGSSLCRLDIR")


@dataclass(frozen=True)
class Prepared:
    """A database that is ready for the tests.

    Attributes:
        variables: libpq's, which lead to it.
        psql: the program for a run without Docker.
    """

    variables: Mapping[str, str]
    psql: Path


def main(argv: Sequence[str]) -> int:
    """Run the tests and give the status of pg_prove."""
    parser = pgtap.parser("python -m tools.ops.pgprove")
    parser.add_argument("--engine", choices=("auto", "require", "none"), default="auto")
    chosen = parser.parse_args(argv)
    files = [
        file.absolute() for file in pgtap.find_tests(chosen.paths or [pgtap.SUITE])
    ]
    kit = debian.ensure()
    with _database(chosen.pg, kit) as database:
        words = _in_container(database, files, chosen.engine)
        environment = {**os_user.environment(), **database.variables}
        if words is None:
            words = [*kit.pg_prove(), "--psql-bin", str(database.psql)]
        else:
            kept = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
            environment = {**kept, **database.variables}
        return pgtap.prove(
            words, files, environment, jobs=chosen.jobs, verbose=chosen.verbose
        )


@contextmanager
def _database(major: int | None, kit: debian.Kit) -> Iterator[Prepared]:
    """Make the tests' database where DATABASE_URL says, or on a server of our own."""
    given = given_url()
    if given is not None:
        psql = kit.bin / "psql"
        with testdatabase.made(given, psql, kit) as variables:
            yield Prepared(variables, psql)
        return
    programs = kit.bin if major == debian.MAJOR else find_bin(major)
    with throwaway(programs) as cluster:
        with timed(f"PostgreSQL {cluster.version}, migrated, with pgTAP and fixtures"):
            pgtap.prepare(cluster, kit)
        with psycopg.connect(cluster.url(pgtap.DATABASE)) as connection:
            variables = libpq.variables(connection)
        yield Prepared(variables, cluster.bin / "psql")


def _in_container(
    database: Prepared, files: Sequence[Path], engine: str
) -> list[str] | None:
    """Give the words that run pg_prove in the image; None to run it without.

    Raises:
        Failure: an engine is required, and there is none or it cannot do it.
    """
    if engine == "none":
        return None
    try:
        return _container(database, files)
    except Failure as failure:
        if engine == "require":
            raise
        report(failure)
        note("pg_prove runs without Docker")
        return None


def _container(database: Prepared, files: Sequence[Path]) -> list[str]:
    reason = docker.silence()
    if reason is not None:
        raise Failure(
            f"no Docker engine answers: {reason}",
            next="start one, or give DOCKER_HOST; engine=none does without",
        )
    with timed("the image of pg_prove"):
        image = docker.build(IMAGE, ASSETS)

    def words(entrypoint: str | None = None) -> list[str]:
        return docker.command(
            image,
            user=_user(database.variables),
            variables=database.variables,
            mounts=_mounts(database.variables, files),
            workdir=ROOT,
            entrypoint=entrypoint,
        )

    kept = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
    asked = run_child(
        [*words("psql"), "-XAtc", "select version()"],
        stdin=DEVNULL, stdout=PIPE, stderr=STDOUT, text=True, check=False,
        env={**kept, **database.variables},
    )  # fmt: skip
    if asked.returncode:  # an engine in a virtual machine sees neither sockets nor us
        raise Failure(
            "a container of this engine does not reach the server: "
            + (asked.stdout.strip() or "no reason given"),
            next="use an engine on the server's machine, or a DATABASE_URL that it can"
            " reach",
        )
    say(f"  in {image}: {asked.stdout.strip().partition(',')[0]}")
    return words()


def _user(variables: Mapping[str, str]) -> str | None:
    """Say as whom a container runs, `uid:gid`; None for the user of the image.

    That is us. Root's container has no right of root's to enter a closed directory: it
    runs as the owner of the socket's.
    """
    if os.getuid() != 0:
        return f"{os.getuid()}:{os.getgid()}"
    place = Path(variables.get("PGHOST", ""))
    if not place.is_absolute() or not place.is_dir() or place.stat().st_uid == 0:
        return None
    return f"{place.stat().st_uid}:{place.stat().st_gid}"


def _mounts(variables: Mapping[str, str], files: Sequence[Path]) -> list[Path]:
    """List what a container needs to see: the tests, a socket, certificates."""
    seen: set[Path] = set()
    for file in files:
        inside = pgtap.SUITE in file.parents
        seen.add(pgtap.SUITE if inside else file.parent)
    named = [*variables.get("PGHOST", "").split(",")]
    named += [variables.get(name, "") for name in _FILES]
    seen |= {Path(place) for place in named if place.startswith("/")}
    return sorted(place for place in seen if place.exists())


if __name__ == "__main__":
    run(main)
