"""The command line: `python -m tools.ops.backup COMMAND`, and make's targets.

    take [--type full|diff|incr] [--renew]    make backup
    check [--json]                            make backup-check
    mark NAME                                 make restore-point name=…
    restore TO [--into DIR] [--replace]       make restore TO=…
    drill [--json]                            make drill
    dump [--to DIR]                           make dump
    load FILE --identity KEYFILE              make restore-dump from=… key=…

Exit status: 0 done, and nothing is wrong; 1 failed, or something is wrong; 2 used
wrongly.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from tools.console import run, say
from tools.ops.backup import check, drill, dump, marks, place, restore, take
from tools.postgres.server import admin_url
from tools.postgres.target import describe
from tools.project import BUILD


def main(argv: Sequence[str]) -> int:
    """Run one command."""
    arguments = _parser().parse_args(argv)
    status: int = arguments.command(arguments)
    return status


def _take(arguments: argparse.Namespace) -> int:
    made = take.take(place.find(), arguments.type, renew=arguments.renew)
    say(f"{made.label}: {made.kind}, {made.size} bytes, {made.stored} of them stored")
    return 0


def _check(arguments: argparse.Namespace) -> int:
    found = check.check(place.find())
    if arguments.json:
        sys.stdout.write(json.dumps([asdict(one) for one in found], indent=2) + "\n")
    for one in [] if arguments.json else found:
        say(f"{one.severity}: {one.object}: {one.what} [{one.key}]")
        say(f"    mend: {one.mend}")
    stops = sum(one.severity == "stop" for one in found)
    if not arguments.json:
        say(f"{len(found)} faults, {stops} of them stop a restore")
    return 1 if stops else 0


def _mark(arguments: argparse.Namespace) -> int:
    marks.mark(place.find(), arguments.name)
    say(f"make restore TO={arguments.name} leads back here")
    return 0


def _restore(arguments: argparse.Namespace) -> int:
    target = restore.parse(arguments.to)
    where = place.find()
    if arguments.replace:
        aside = restore.replace(where, target)
        say(f"the server goes on from {arguments.to}; its old data: {aside}")
        return 0
    default = where.home / f"restored-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    made = restore.restore(where, target, arguments.into or default)
    say(f"restored, beside the server that runs: {made.url()}")
    say(f"its programs: {made.bin}; to end it: {made.bin}/pg_ctl stop -D {made.data}")
    return 0


def _drill(arguments: argparse.Namespace) -> int:
    result = drill.drill(place.find())
    if arguments.json:
        sys.stdout.write(json.dumps(asdict(result), indent=2) + "\n")
        return 0 if result.ok else 1
    for one in result.checks:
        say(f"{'ok' if one.ok else 'FAILED':<7} {one.name}: {one.said}")
    say(f"{result.backup} restored in {result.restored} s, proved in {result.proved} s;"
        f" {result.loss} s of work were not in the archive yet")  # fmt: skip
    return 0 if result.ok else 1


def _dump(arguments: argparse.Namespace) -> int:
    recipient = dump.recipient_of(os.environ.get("TODO_DUMP_RECIPIENT"))
    url = admin_url()
    file = dump.dump(url, arguments.to.absolute(), recipient)
    say(f"{describe(url)}: {file}, {file.stat().st_size} bytes")
    return 0


def _load(arguments: argparse.Namespace) -> int:
    found = dump.restore(arguments.file, arguments.identity, admin_url())
    say(f"{sum(found.values())} rows in {len(found)} tables, as they were dumped")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.ops.backup")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    one = commands.add_parser("take", help="take a backup")
    one.add_argument("--type", choices=take.KINDS)
    one.add_argument("--renew", action="store_true", help="of another server, here")
    one.set_defaults(command=_take)
    one = commands.add_parser("check", help="find what is wrong with the backups")
    one.add_argument("--json", action="store_true")
    one.set_defaults(command=_check)
    one = commands.add_parser("mark", help="give this moment a name")
    one.add_argument("name")
    one.set_defaults(command=_mark)
    one = commands.add_parser("restore", help="restore to a moment")
    one.add_argument("to", metavar="TO", help="latest, a time, an LSN or a name")
    where = one.add_mutually_exclusive_group()
    where.add_argument("--into", type=Path, metavar="DIR")
    where.add_argument("--replace", action="store_true")
    one.set_defaults(command=_restore)
    one = commands.add_parser("drill", help="prove that a restore works")
    one.add_argument("--json", action="store_true")
    one.set_defaults(command=_drill)
    one = commands.add_parser("dump", help="write an encrypted logical dump")
    one.add_argument("--to", type=Path, default=BUILD / "dumps", metavar="DIR")
    one.set_defaults(command=_dump)
    one = commands.add_parser("load", help="restore a dump into an empty database")
    one.add_argument("file", type=Path)
    one.add_argument("--identity", type=Path, required=True)
    one.set_defaults(command=_load)
    return parser


if __name__ == "__main__":
    run(main)
