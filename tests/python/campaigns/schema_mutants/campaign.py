"""Break one promise of the schema at a time, and see that a pgTAP test notices.

    python -m tests.python.campaigns.schema_mutants
        [--pg MAJOR] [--sample N] [--seed N] [--only WORD]

The mutants are made from the catalogue of the migrated database, so that a policy or
check that is added later is mutated, too. A mutant that no test kills is printed, and
the status is 1. EQUIVALENT names those that change nothing, each with its reason,
ELSEWHERE those that only a test of several sessions notices.
Roles belong to the whole server, so their mutants run one at a time and are undone.
A sample is drawn by the commit: the same commit gives the same one.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path
from typing import Final

import psycopg
from rich.progress import track

from tools.console import Failure, err, say
from tools.postgres import debian
from tools.postgres.cluster import PORT
from tools.postgres.databases import copied
from tools.postgres.os_user import environment
from tools.postgres.server import Cluster, find_bin, throwaway
from tools.project import ROOT
from tools.verify import pgtap

CATALOGUE: Final = Path(__file__).with_suffix(".sql")

# Mutants that no test can kill, because nothing observable changes.
EQUIVALENT: Final = {
    "function read_token without length": "it bounds the work, not the answer",
    "function read_claims without length": "it bounds the work, not the answer",
    "function read_claims without object": "an array or a scalar has no key `sub`",
}
# What one session alone cannot see, with the test that puts the same fault in.
_RACE: Final = "test_accounts.py, test_what_changes_during_a_log_in_counts"
ELSEWHERE: Final = {
    "function log_in without second look at the password": _RACE,
    "function log_in without second look at active": _RACE,
    "function log_in without second look at verified": _RACE,
}


@dataclass(frozen=True)
class Mutant:
    """One change: what is broken, and the SQL that breaks it.

    Where it is one of the whole server, *undo* takes it back.
    """

    name: str
    sql: str
    undo: str | None = None


def main(argv: Sequence[str]) -> int:
    """Run the campaign and print the score."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.python.campaigns.schema_mutants"
    )
    parser.add_argument("--pg", type=int, metavar="MAJOR", help="15, 18, …")
    parser.add_argument("--sample", type=int, metavar="N", help="only N, by chance")
    parser.add_argument("--seed", default=commit(), help="the commit, by default")
    parser.add_argument("--only", default="", metavar="WORD", help="whose name has it")
    arguments = parser.parse_args(argv)
    kit = debian.ensure()
    programs = kit.bin if arguments.pg == debian.MAJOR else find_bin(arguments.pg)
    # A mutant may make a circle, and a walk along it would never end.
    with throwaway(programs, {"statement_timeout": "40s"}) as cluster:
        pgtap.prepare(cluster, kit)
        mutants = [m for m in read_mutants(cluster) if arguments.only in m.name]
        if arguments.sample:
            say(f"a sample of {arguments.sample}, --seed {arguments.seed}")
            chance = random.Random(arguments.seed)  # noqa: S311 - no secret
            mutants = chance.sample(mutants, min(arguments.sample, len(mutants)))
        survivors = campaign(cluster, kit, mutants)
    return sum_up(mutants, survivors)


def read_mutants(cluster: Cluster) -> list[Mutant]:
    """Derive every mutant from the catalogue of the prepared database."""
    with psycopg.connect(cluster.url(pgtap.DATABASE)) as connection:
        rows = connection.execute(CATALOGUE.read_bytes()).fetchall()
    return [Mutant(*row) for row in rows]


def campaign(
    cluster: Cluster, kit: debian.Kit, mutants: Sequence[Mutant]
) -> list[Mutant]:
    """Run the tests against each mutant and give those that survive.

    Raises:
        Failure: the tests fail without a mutant, or a mutant does not apply.
    """
    trial = _Trial(cluster, kit)
    if trial.is_killed(Mutant("nothing changed", "")):
        raise Failure("the tests fail on the schema as it is", next="make test")
    alone = [mutant for mutant in mutants if mutant.undo]
    together = [mutant for mutant in mutants if not mutant.undo]
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        killed = track(
            chain(pool.map(trial.is_killed, together), map(trial.is_killed, alone)),
            "mutants",
            total=len(mutants),
            console=err,
            disable=not err.is_terminal,
        )
        found = zip([*together, *alone], killed, strict=True)
        return [mutant for mutant, dead in found if not dead]


def commit() -> str:
    """Name the commit that is checked out; outside a repository there is none."""
    done = subprocess.run(
        ["git", "rev-parse", "HEAD"],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip() or "no commit"


def sum_up(mutants: Sequence[Mutant], survivors: Sequence[Mutant]) -> int:
    """Print the score; status 1 if a mutant survived without a reason."""
    reasons = EQUIVALENT | ELSEWHERE
    excused = [m for m in survivors if m.name in reasons]
    alive = [m for m in survivors if m.name not in reasons]
    for mutant in excused:
        kind = "equivalent" if mutant.name in EQUIVALENT else "noticed elsewhere"
        say(f"{kind}: {mutant.name}: {reasons[mutant.name]}")
    for mutant in alive:
        say(f"survived: {mutant.name}\n    {mutant.sql}")
    counted = len(mutants) - len(excused)
    killed = counted - len(alive)
    say(f"{killed} of {counted} mutants killed ({killed / max(counted, 1):.1%})")
    return 1 if alive else 0


class _Trial:
    """Runs the suite against copies of the prepared database."""

    def __init__(self, cluster: Cluster, kit: debian.Kit) -> None:
        self._cluster, self._kit = cluster, kit
        self._numbers = count()
        self._tests = [
            os.path.relpath(file, ROOT) for file in pgtap.find_tests([pgtap.SUITE])
        ]

    def is_killed(self, mutant: Mutant) -> bool:
        """Say whether at least one test fails on the mutant."""
        name = f"mutant_{next(self._numbers)}"
        with copied(self._cluster, pgtap.DATABASE, name):
            self._apply(mutant, mutant.sql, name)
            try:
                return any(self._fails(name, files) for files in self._near(mutant))
            finally:
                if mutant.undo:
                    self._apply(mutant, mutant.undo, name)

    def _apply(self, mutant: Mutant, sql: str, database: str) -> None:
        done = self._cluster.psql("-q", "-1", "-c", sql, dbname=database)
        if done.returncode:
            raise Failure(
                f"a mutant does not apply: {done.stderr.strip()}",
                where=f"{mutant.name}: {sql}",
                next=f"correct {CATALOGUE.name}",
            )

    def _near(self, mutant: Mutant) -> Iterator[list[str]]:
        """First the rules for every object and the object's own tests: they know."""
        words = {*mutant.name.replace(".", " ").split(), "posture", "schemas", "roles"}
        near = [test for test in self._tests if Path(test).stem in words]
        yield near
        yield [test for test in self._tests if test not in near]

    def _fails(self, database: str, tests: list[str]) -> bool:
        command = [*self._kit.pg_prove(), "--quiet"]
        command += ["--psql-bin", str(self._cluster.bin / "psql")]
        command += ["--host", str(self._cluster.socket), "--port", str(PORT)]
        command += ["--username", "postgres", "--dbname", database, *tests]
        done = subprocess.run(
            command,
            check=False,
            cwd=ROOT,
            env=environment(),
            capture_output=True,
            stdin=subprocess.DEVNULL,
        )
        return done.returncode != 0
