"""Kills migrations at random instants and looks whether a second run mends them.

    python -m tests.python.campaigns.kills [--kills 200] [--seed N] [--workers 2]

The victim is the client, or its server process, always by SIGKILL, while it applies,
takes back, records a squash, writes one, or fills a column in batches. Then the same
command runs once more, undisturbed. It has to succeed, and the database has to be what
an undisturbed run gives: the same catalogue, each step counted once, each row filled
once, everything recorded, nothing locked. Exit status: 0 all converged; 1 not.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psycopg

from tests.python.campaigns.kills import history
from tests.python.campaigns.kills.ground import HUNG, TASKS, Ground, Task
from tools import catalog
from tools.console import out, say
from tools.postgres.throwaway import throwaway

WRITING: Final = Task(
    "write a squash", ("squash", "--to", history.LAST), "empty", "empty"
)
_RESTART: Final = {"restart_after_crash": "on"}
_ENOUGH: Final = 5  # failures, after which the campaign ends

_CHECKS: Final = {
    "steps": "select array_agg(step order by step) from k.ledger",
    "rows": "select array_agg(distinct touched) from k.rows",
}
_RECORDS: Final = {
    "marks": "select array_agg(migration_id::text order by migration_id)"
    " from todo_migrations._yoyo_migration",
    "records": "select array_agg(migration_id order by migration_id)"
    " from todo_migrations.files",
    "states": "select array_agg(distinct state) from todo_migrations.files",
    "locks": "select array_agg(pid) from pg_locks where locktype = 'advisory'"
    " and database = (select oid from pg_database where datname = current_database())",
    "log": "select array_agg(migration_id::text order by migration_id) from ("
    " select migration_id from todo_migrations._yoyo_log group by migration_id having"
    " count(*) filter (where operation in ('apply', 'mark'))"
    " <> count(*) filter (where operation = 'rollback')) as open",
}


@dataclass
class Tally:
    """What came of the kills; shared by the workers."""

    kills: Counter[tuple[str, str]] = field(default_factory=Counter)
    converged: Counter[tuple[str, str]] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def count(self) -> int:
        """Kills that hit a living process."""
        return self.kills.total()

    def note(self, task: Task, victim: str, found: Sequence[str]) -> None:
        """Count one kill, and what was wrong after the second run."""
        with self.lock:
            self.kills[task.name, victim] += 1
            self.converged[task.name, victim] += not found
            self.failures += [f"{task.name}, {victim}: {line}" for line in found]


def main(argv: Sequence[str]) -> int:
    """Run the campaign and print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.python.campaigns.kills",
        description="Kills migrations at random instants, and runs them again.",
    )
    parser.add_argument("--kills", type=int, default=200, help="at least so many")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))  # noqa: S311
    parser.add_argument("--workers", type=int, default=2, help="servers at a time")
    arguments = parser.parse_args(argv)
    started = time.monotonic()
    tally = campaign(arguments.kills, arguments.seed, arguments.workers)
    _print(tally, arguments.seed, time.monotonic() - started)
    return int(bool(tally.failures))


def campaign(kills: int, seed: int, workers: int = 1) -> Tally:
    """Kill at least *kills* times.

    Args:
        kills: that hit a living process.
        seed: of what is killed and when.
        workers: servers at a time.
    """
    tally = Tally()
    with ThreadPoolExecutor(workers) as pool:
        jobs = [
            pool.submit(_work, tally, kills, random.Random(seed + number))  # noqa: S311
            for number in range(workers)
        ]
        for job in jobs:
            job.result()
    return tally


def _work(tally: Tally, kills: int, chance: random.Random) -> None:
    with tempfile.TemporaryDirectory() as name, throwaway(settings=_RESTART) as cluster:
        ground = Ground(cluster, Path(name))
        number = 0
        while tally.count < kills and len(tally.failures) < _ENOUGH:
            number += 1
            if number % 20 == 15:
                _squash_trial(ground, tally, chance)
            else:
                _trial(ground, tally, chance, f"trial_{number}")


def _trial(ground: Ground, tally: Tally, chance: random.Random, name: str) -> None:
    """Kill one command, then run it again and look at the database."""
    (task,) = chance.choices(TASKS, [task.weight for task in TASKS])
    victim = chance.choice(("client", "server process"))
    with ground.database(name, task.template):
        process = ground.start(task, name, ground.directory(task))
        said = _killed(ground, task, process, name, victim, chance)
        if said is None:
            return
        left = _left(ground, name)
        hung = [said] if said.startswith(HUNG) else []
        tally.note(task, victim, hung + _mended(ground, task, name))
        with tally.lock:
            tally.left.update(left)


def _killed(
    ground: Ground,
    task: Task,
    process: subprocess.Popen[str],
    database: str,
    victim: str,
    chance: random.Random,
) -> str | None:
    """Kill *victim* at a random instant; return what was said, None if it was over."""
    slow = chance.random() < 0.4
    with ground.bystander(database, wanted=slow):
        lived = ground.session(database, process) is not None
        time.sleep(chance.uniform(0, ground.usual[task.name]) * (1.3 if slow else 1))
        if victim == "client":
            lived = lived and process.poll() is None
            process.kill()
        else:
            lived = lived and ground.kill_session(database)
        time.sleep(0.02)
    said = ground.ended(process)
    ground.wait()
    return said if lived else None


def _mended(ground: Ground, task: Task, database: str) -> list[str]:
    """Run the command again, undisturbed; return what is wrong afterwards."""
    process = ground.start(task, database, ground.directory(task))
    said = ground.ended(process)
    if process.returncode:
        return [f"the second run failed: {said}"]
    url = ground.cluster.url(database)
    expected = ground.facts[task.expected]
    wrong = catalog.describe(catalog.differences(expected, catalog.facts(url)))
    with psycopg.connect(url, autocommit=True) as connection:
        wrong += _miscounted(connection, task.expected)
    return [f"{line}; it said: {said}" for line in wrong]


def _miscounted(connection: psycopg.Connection[Any], expected: str) -> list[str]:
    """Return what was done twice, not recorded, or left locked."""
    marks: list[str] | None = {
        "empty": None,
        "filled": list(history.IDS),
        "recorded": [history.SQUASH],
    }[expected]
    log = marks
    if expected == "recorded":
        log = sorted([*history.IDS, history.SQUASH])
    wanted: dict[str, Any] = {
        "marks": marks,
        "records": marks,
        "states": ["applied"] if marks else None,
        "locks": None,
        "log": log,
    }
    queries = dict(_RECORDS)
    if marks:
        wanted |= {"steps": list(history.STEPS), "rows": [1]}
        queries |= _CHECKS
    found = {
        name: connection.execute(query.encode()).fetchall()[0][0]
        for name, query in queries.items()
    }
    return [
        f"{name}: {found[name]} in place of {wanted[name]}"
        for name in queries
        if found[name] != wanted[name]
    ]


def _left(ground: Ground, database: str) -> list[str]:
    """Return what the kill left behind, to show that it hit everywhere."""
    left = []
    with psycopg.connect(ground.cluster.url(database), autocommit=True) as session:
        invalid = "select from pg_index where not indisvalid limit 1"
        if session.execute(invalid).rowcount:
            left.append("an invalid index")
        with suppress(psycopg.errors.UndefinedTable):
            for state, batches in session.execute(
                "select state, position is not null from todo_migrations.files"
                " where state <> 'applied'"
            ):
                left.append(f"a file {state}{' between batches' * batches}")
    return left or ["whole files only"]


def _squash_trial(ground: Ground, tally: Tally, chance: random.Random) -> None:
    """Kill the writing of a squash; a second one has to leave the new files alone."""
    directory = ground.home / "being_squashed"
    shutil.rmtree(directory, ignore_errors=True)
    history.write(directory)
    process = ground.start(WRITING, "empty", directory)
    with suppress(subprocess.TimeoutExpired):
        process.wait(chance.uniform(0.5, 4))
    lived = process.poll() is None
    process.kill()
    ground.ended(process)
    if not lived:  # its file cannot be folded once more
        return
    second = ground.start(WRITING, "empty", directory)
    said = ground.ended(second)
    wrong = _unlike(second.returncode, directory, ground.squashed)
    tally.note(WRITING, "client", [f"{line}; it said: {said}" for line in wrong])


def _unlike(status: int, directory: Path, wanted: Path) -> list[str]:
    """Return how a second run and its files differ from an undisturbed one's."""
    found, texts = _texts(directory), _texts(wanted)
    names = sorted(found.keys() ^ texts.keys())
    names += [name for name in found if name in texts and found[name] != texts[name]]
    return [f"status {status}"] * bool(status) + [f"{name} differs" for name in names]


def _texts(directory: Path) -> dict[str, str]:
    """Return the text of each file, as an undisturbed run writes it or not."""
    return {path.name: path.read_text() for path in sorted(directory.iterdir())}


def _print(tally: Tally, seed: int, seconds: float) -> None:
    out.print("| command | victim | kills | converged |", markup=False)
    out.print("| --- | --- | ---: | ---: |", markup=False)
    for key in sorted(tally.kills):
        cells = (*key, tally.kills[key], tally.converged[key])
        out.print("| " + " | ".join(map(str, cells)) + " |", markup=False)
    left = (f"{name} {count} times" for name, count in tally.left.most_common())
    say(f"left behind by the kills: {', '.join(left)}")
    for failure in tally.failures:
        say(f"FAILED: {failure}")
    say(
        f"{tally.converged.total()} of {tally.count} kills mended by a second run,"
        f" seed {seed}, {seconds:.0f} s"
    )
