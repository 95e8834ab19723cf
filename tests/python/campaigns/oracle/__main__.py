"""Attack row-level security with statements drawn by chance: `make attack`.

    python -m tests.python.campaigns.oracle [--pg MAJOR] [--count N] [--seed N]

Whatever an answer to Alice tells of what others have is printed with its seed and both
answers; the status is then 1. `--estimates` lists instead the columns whose contents
can be told from the row estimates of EXPLAIN.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Sequence
from typing import Final

from rich.progress import Progress

from tests.python.campaigns.oracle.campaign import finds
from tests.python.campaigns.oracle.estimates import telling
from tests.python.campaigns.oracle.worlds import migrated, worlds
from tools.console import err, run, say
from tools.postgres.server import Cluster, find_bin, throwaway

_COUNT: Final = 50_000
_ENOUGH: Final = 20  # finds; one fault makes hundreds


def main(argv: Sequence[str]) -> int:
    """Run the campaign on one server; status 1 if it found anything."""
    parser = argparse.ArgumentParser(prog="python -m tests.python.campaigns.oracle")
    parser.add_argument("--pg", type=int, metavar="MAJOR", help="15, 18, …")
    parser.add_argument("--count", type=int, default=_COUNT, help="statements")
    parser.add_argument("--seed", type=int, help="the first number to draw from")
    parser.add_argument("--estimates", action="store_true", help="list the columns")
    arguments = parser.parse_args(argv)
    seed = arguments.seed
    if seed is None:
        seed = random.SystemRandom().randrange(10**6) * 1000
    with throwaway(find_bin(arguments.pg)) as cluster:
        migrated(cluster)
        if arguments.estimates:
            return _estimates(cluster)
        return _attack(cluster, arguments.count, seed)


def _attack(cluster: Cluster, count: int, seed: int) -> int:
    start, found = time.perf_counter(), 0
    with (
        Progress(console=err, disable=not err.is_terminal) as progress,
        worlds(cluster) as pair,
    ):
        task = progress.add_task("statements", total=count)
        done = 0

        def advance() -> None:
            nonlocal done
            done += 1
            progress.advance(task)

        for find in finds(pair, count, seed, advance):
            found += 1
            say(f"seed {seed}, statement {done}: {find}\n")
            if found == _ENOUGH:
                break
    seconds = time.perf_counter() - start
    say(
        f"PostgreSQL {cluster.version}: {done} statements, {found} finds,"
        f" seed {seed}, {seconds:.0f} s"
    )
    return 1 if found else 0


def _estimates(cluster: Cluster) -> int:
    with worlds(cluster, analysed=True) as pair:
        told = telling(pair)
    for column, example in sorted(told.items()):
        say(f"{column}: {example}")
    say(f"PostgreSQL {cluster.version}: the estimates tell of {len(told)} columns")
    return 0


if __name__ == "__main__":
    run(main)
