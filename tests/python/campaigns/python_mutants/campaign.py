"""Breaks the Python of the project and counts what is noticed: `make mutants-python`.

    python -m tests.python.campaigns.python_mutants [--only WORD] [--sample N]

A mutant that no test notices is printed with its line, and the status is 1 where fewer
are noticed than wanted: nine of ten in todo_db. EQUIVALENT names those that change
nothing, with the reason. A sample is drawn by the commit, from modules whose tests need
no server, so that it takes seconds.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, TypeAlias

from rich.progress import track

from tests.python import databases
from tests.python.campaigns.python_mutants.equivalent import EQUIVALENT
from tests.python.campaigns.python_mutants.mutate import Mutant, compiles, mutants
from tests.python.campaigns.python_mutants.targets import QUICK, targets
from tests.python.campaigns.python_mutants.trial import LATE, SURVIVED, UNSOUND, Trial
from tests.python.campaigns.schema_mutants.campaign import commit
from tools.console import Failure, err, out, say
from tools.postgres.cluster import Cluster
from tools.postgres.server import throwaway
from tools.project import ROOT

_WANTED: Final = 0.9  # of the mutants of todo_db
Job: TypeAlias = tuple[Mutant, tuple[str, ...]]


def main(argv: Sequence[str]) -> int:
    """Run the campaign and print the score of each module."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.python.campaigns.python_mutants"
    )
    parser.add_argument("--only", default="", metavar="WORD", help="whose name has it")
    parser.add_argument("--sample", type=int, metavar="N", help="N of the quick ones")
    parser.add_argument("--share", type=float, default=1.0, help="0 to 1 of each file")
    parser.add_argument("--seed", default=commit(), help="the commit, by default")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args(argv)
    chance = random.Random(arguments.seed)  # noqa: S311 - no secret
    tests = dict(targets())
    files = [file for file in tests if not arguments.sample or file in QUICK]
    chosen = [m for m in _all(files) if arguments.only in m.name]
    if arguments.sample:
        say(f"a sample of {arguments.sample}, --seed {arguments.seed}")
        chosen = chance.sample(chosen, min(arguments.sample, len(chosen)))
    elif arguments.share < 1:
        say(f"{arguments.share:.0%} of the mutants, --seed {arguments.seed}")
        chosen = [mutant for mutant in chosen if chance.random() < arguments.share]
    chosen = [m for m in chosen if m.name not in EQUIVALENT and compiles(m, _text(m))]
    jobs = [(mutant, tests[mutant.file]) for mutant in chosen]
    return sum_up(list(campaign(jobs, arguments.jobs, served=not arguments.sample)))


def _all(files: Iterable[str]) -> Iterator[Mutant]:
    for file in files:
        yield from mutants((ROOT / file).read_text("utf-8"), file)


def _text(mutant: Mutant) -> str:
    return (ROOT / mutant.file).read_text("utf-8")


def campaign(
    jobs: Sequence[Job], workers: int, *, served: bool
) -> Iterator[tuple[Mutant, str]]:
    """Try all, some at a time, and give what became of each.

    Args:
        jobs: mutants, each with its tests.
        workers: at a time, each with a server of its own.
        served: whether the tests need a server.

    Those whose tests fail without a mutant are UNSOUND.

    Raises:
        Failure: a worker ended.
    """
    unsound: set[tuple[str, ...]] = set()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the workers end too
    context = multiprocessing.get_context("fork")
    answers = context.SimpleQueue()  # without a thread, which a fork would lose
    turn = context.Value("i", 0)
    processes = [
        context.Process(target=_work, args=(jobs, turn, answers, served))
        for _ in range(min(workers, len(jobs)))
    ]
    for process in processes:
        process.start()
    try:
        for _ in track(jobs, "mutants", console=err, disable=not err.is_terminal):
            while answers.empty():
                if any(process.exitcode for process in processes):
                    raise Failure("a worker ended by itself", next="run it again")
                time.sleep(0.05)
            number, verdict = answers.get()
            mutant, tests = jobs[number]
            if verdict == UNSOUND and tests not in unsound:
                unsound.add(tests)
                say(f"without a mutant these fail: {' '.join(tests)}")
            elif verdict == SURVIVED:
                say(f"survived: line {mutant.line} of {mutant.name}")
            yield mutant, verdict
    finally:
        for process in processes:
            process.terminate()
            process.join()


def _work(jobs: Sequence[Job], turn: Any, answers: Any, served: bool) -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the server ends too
    with _server(served) as cluster:
        trial = Trial(cluster)
        while True:
            with turn.get_lock():
                number, turn.value = turn.value, turn.value + 1
            if number >= len(jobs):
                return
            answers.put((number, trial.run(*jobs[number])))


@contextmanager
def _server(wanted: bool) -> Iterator[Cluster | None]:
    if not wanted:
        yield None
        return
    with throwaway() as cluster:
        databases.fill(cluster)
        yield cluster


def sum_up(found: Sequence[tuple[Mutant, str]]) -> int:
    """Print the score of each module; status 1 if that of todo_db is too low.

    It is also 1 if no test judged some of them, because the tests fail anyway.
    """
    judged = [(mutant, verdict) for mutant, verdict in found if verdict != UNSOUND]
    unjudged = len(found) - len(judged)
    found = judged
    total = Counter(mutant.file for mutant, _ in found)
    alive = Counter(mutant.file for mutant, verdict in found if verdict == SURVIVED)
    late = sum(verdict == LATE for _, verdict in found)
    for file, count in sorted(total.items()):
        killed = count - alive[file]
        out.print(f"{killed:>5} of {count:>4}  {killed / count:>6.1%}  {file}")
    low = False
    for package in ("todo_db", "tools"):
        count = sum(n for file, n in total.items() if file.startswith(package))
        left = sum(n for file, n in alive.items() if file.startswith(package))
        if count:
            share = (count - left) / count
            say(f"{package}: {count - left} of {count} mutants noticed ({share:.1%})")
            low = low or (package == "todo_db" and share < _WANTED)
    say(f"{late} of them by taking too long")
    if unjudged:
        say(f"{unjudged} were not judged: their tests fail without a mutant")
    return int(low or unjudged > 0)
