"""The command line of the measurements: see the package."""

from __future__ import annotations

import argparse
import datetime as dt
import shlex
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Final

from tools.bench import (
    app,
    citus,
    cpu,
    crowd,
    explaining,
    figures,
    mix,
    plans,
    report,
    results,
    wear,
)
from tools.bench.data import World
from tools.bench.loading import OURS
from tools.bench.place import Place, cores, kept, place
from tools.bench.table import BARE, measure, shown
from tools.console import Failure, out, run, say, timed
from tools.postgres.server import Cluster
from tools.project import BUILD, ROOT

PAGE: Final = ROOT / "docs" / "performance.md"
LAST: Final = BUILD / "bench" / "last.json"
PARTS: Final = ("table", "plans", "mix", "app", "crowd", "wear")


def main(argv: Sequence[str]) -> int:
    """Run one command; `compare` ends with 1 when something has become worse."""
    if argv and argv[0] in figures.FIGURES:
        return figures.main(argv)
    arguments = _parser().parse_args(argv)
    if arguments.command == "table":
        with place(World(arguments.tasks, arguments.seed), (OURS, BARE)) as here:
            out.print(shown(list(measure(here))))
        return 0
    if arguments.command == "cpu":
        with place(World(arguments.tasks, arguments.seed), (OURS, BARE)) as here:
            out.print(cpu.measure(here))
        return 0
    if arguments.command == "run":
        return _run(arguments, argv)
    if arguments.command == "citus":
        out.print(citus.text(), markup=False, highlight=False, soft_wrap=True)
        return 0
    if arguments.command == "compare":
        return _compare(arguments.before, arguments.after)
    if arguments.command == "report":
        for path in report.write([results.read(p) for p in arguments.runs], PAGE):
            say(f"wrote {path.relative_to(ROOT)}")
        return 0
    explaining.show(arguments.query, arguments.user, arguments.word)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.bench")
    commands = parser.add_subparsers(dest="command", required=True)
    table = commands.add_parser("table", help="the table of what is wanted")
    whole = commands.add_parser("run", help="the table, the mix, the app, all peers")
    processor = commands.add_parser("cpu", help="the backend's running time")
    for each in (table, whole, processor):
        each.add_argument("--tasks", type=int, default=100_000)
        each.add_argument("--seed", type=int, default=1)
    whole.add_argument("--seconds", type=int, default=1, help="of a run of the mix")
    whole.add_argument("--rounds", type=int, default=2, help="turns of each system")
    whole.add_argument("--updates", type=int, default=8_000, help="edits to wear it")
    whole.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    whole.add_argument("--systems", nargs="+", choices=mix.SYSTEMS, default=mix.SYSTEMS)
    whole.add_argument("--json", type=Path, default=LAST)
    whole.add_argument("--keep", action="store_true", help="keep the data: resumable")
    compare = commands.add_parser("compare", help="two runs, with a verdict")
    compare.add_argument("before", type=Path)
    compare.add_argument("after", type=Path, nargs="?", default=LAST)
    page = commands.add_parser("report", help="write docs/performance.md and plots")
    page.add_argument("runs", type=Path, nargs="*", default=[LAST])
    commands.add_parser("citus", help="the schema as Citus takes it")
    explain = commands.add_parser("explain", help="a query's plan as the app's role")
    explain.add_argument("query")
    explain.add_argument("--user", help="whose space; else the one with most tasks")
    explain.add_argument("--word", default="a")
    return parser


def _run(arguments: argparse.Namespace, argv: Sequence[str]) -> int:
    world = World(arguments.tasks, arguments.seed)
    systems = tuple(dict.fromkeys((OURS, BARE, *arguments.systems)))
    found: dict[str, Any] = {"format": results.FORMAT}
    cluster: AbstractContextManager[Cluster | None] = nullcontext()
    if arguments.keep:
        cluster = kept(world)
    with cluster as server, place(world, systems, server) as here:
        people = len(world.people)
        say(f"{world.tasks:,} tasks, {people:,} people, {len(systems)} systems")
        found["about"] = _about(here, argv)
        for part in arguments.parts:
            with timed(part):
                found[part] = _measured(part, here, systems, arguments)
            if part == "table":
                out.print(shown(found[part]))
                found[part] = [figure.to_json() for figure in found[part]]
            results.write(arguments.json, found)
    say(f"wrote {arguments.json}; next: python -m tools.bench report {arguments.json}")
    return 0


def _measured(
    part: str, here: Place, systems: Sequence[str], arguments: argparse.Namespace
) -> Any:
    if part == "table":
        return list(measure(here))
    if part == "mix":
        return mix.measure(here, systems, arguments.seconds, arguments.rounds)
    if part == "app":
        return app.measure(here, arguments.seconds, arguments.rounds)
    if part == "crowd":
        return crowd.measure(here, max(arguments.seconds, 3), arguments.rounds)
    if part == "plans":
        return plans.measure(here)
    return wear.measure(here, arguments.updates)


def _about(here: Place, argv: Sequence[str]) -> dict[str, Any]:
    return {
        "date": dt.datetime.now(dt.UTC).strftime("%Y-%m-%d"),
        "postgresql": here.cluster.version,
        "cores": cores(),
        "tasks": here.world.tasks,
        "people": len(here.world.people),
        "seed": here.world.seed,
        "command": shlex.join(["python", "-m", "tools.bench", *argv]),
    }


def _compare(before: Path, after: Path) -> int:
    changes = results.compare(results.read(before), results.read(after))
    if not changes:
        raise Failure(
            "the two runs have no figure in common", where=f"{before}, {after}"
        )
    for change in changes:
        if change.verdict != "same":
            say(
                f"{change.verdict:<7} {change.name}: {change.before:g} to"
                f" {change.after:g}, {change.factor:.2f} times as good"
            )
    count = {
        v: sum(c.verdict == v for c in changes) for v in ("better", "worse", "same")
    }
    say(f"{count['better']} better, {count['worse']} worse, {count['same']} the same")
    return 1 if count["worse"] else 0


if __name__ == "__main__":
    run(main)
