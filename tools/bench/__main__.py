"""The command line of the measurements: see the package."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from tools.bench import figures
from tools.bench.data import World
from tools.bench.loading import OURS
from tools.bench.place import place
from tools.bench.table import BARE, measure, shown
from tools.console import out, run


def main(argv: Sequence[str]) -> int:
    """Run one command."""
    if argv and argv[0] in figures.FIGURES:
        return figures.main(argv)
    parser = argparse.ArgumentParser(prog="python -m tools.bench")
    commands = parser.add_subparsers(dest="command", required=True)
    table = commands.add_parser("table", help="the table of what is wanted")
    table.add_argument("--tasks", type=int, default=100_000)
    table.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args(argv)
    world = World(arguments.tasks, arguments.seed)
    with place(world, (OURS, BARE)) as here:
        out.print(shown(list(measure(here))))
    return 0


if __name__ == "__main__":
    run(main)
