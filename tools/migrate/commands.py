"""The command line of migrations.

    python -m tools.migrate [apply]     [--until NNNN] [--dry-run] [limits]
    python -m tools.migrate rollback    [--to NNNN | --all] [--yes] [--dry-run] [limits]
    python -m tools.migrate redo        [--by-file] [--yes] [limits]
    python -m tools.migrate status      [--check]
    python -m tools.migrate show NNNN
    python -m tools.migrate new verb_object
    python -m tools.migrate baseline    [--until NNNN]
    python -m tools.migrate squash      [--to NNNN]
    python -m tools.migrate accept NNNN --reason TEXT

It works on DATABASE_URL, or on the project's private server where that is not set.
Exit status: 0 done; 1 refused or failed; 2 used wrongly; 3 `status --check` found
something pending or wrong; 75 somebody else held a lock for too long, try again.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

import psycopg

from tools.console import Failure, out, report
from tools.console.reporter import Reporter
from tools.migrate import choose, compare, engine, files, ledger, status
from tools.migrate.arguments import options as read_options
from tools.migrate.arguments import parse
from tools.migrate.options import Options
from tools.migrate.target import opened
from tools.postgres.target import describe, given_url
from tools.project import MIGRATIONS, SCHEMA

FOUND: Final = 3


def main(argv: Sequence[str]) -> int:
    """Run one command and return its exit status."""
    arguments = parse(argv)
    try:
        return COMMANDS[arguments.command](arguments)
    except psycopg.Error as error:  # what no module has foreseen
        state = error.sqlstate or "connection lost"
        raise Failure(
            f"the database refused: {error.diag.message_primary or error} ({state})",
            next="make status shows what is applied; the server's log may say more",
        ) from error


def _apply(arguments: argparse.Namespace) -> int:
    started = time.perf_counter()
    url, said = _url(), Reporter(quiet=False)
    options = read_options(arguments)
    if arguments.dry_run:
        from tools.migrate import dryrun  # with PostgreSQL's parser, slow to import

        return _print(dryrun.apply(url, arguments.until, arguments.directory, options))
    said.say(f"migrations of {describe(url)}")
    ids = engine.apply(
        url,
        until=arguments.until,
        directory=arguments.directory,
        report=said,
        options=options,
    )
    seconds = time.perf_counter() - started
    if ids:
        said.say(f"{_count(ids)} applied in {seconds:.2f} s, the last is {ids[-1]}")
    else:
        said.say(f"nothing to apply, checked in {seconds:.2f} s")
    if ids and arguments.until is None:
        _end_state(url, arguments.directory, said)
    _credentials(url, said)
    said.say("next: make codegen" if ids else "next: make status lists them")
    return 0


def _rollback(arguments: argparse.Namespace) -> int:
    url, said = _url(), Reporter(quiet=False)
    to = choose.ALL if arguments.all else arguments.to
    options, directory = read_options(arguments), arguments.directory
    if arguments.dry_run:
        from tools.migrate import dryrun

        return _print(dryrun.rollback(url, to, directory, options))
    with opened(url, options, said) as session:
        records = ledger.read(session.connection)
    chosen = choose.to_take_back(files.read(directory), records, to)
    if not chosen:
        said.say("nothing to take back: no migration is applied")
        return 0
    said.say(f"take back from {describe(url)}: {', '.join(f.id for f in chosen)}")
    _confirm(arguments.yes)
    ids = engine.rollback(url, to=to, directory=directory, report=said, options=options)
    said.say(f"{_count(ids)} taken back; next: make migrate applies them again")
    return 0


def _redo(arguments: argparse.Namespace) -> int:
    from tools.migrate import redo

    url, said = _url(), Reporter(quiet=False)
    own = os.environ.get("DATABASE_URL") is None  # a private server is for that

    def confirm(id: str) -> None:
        said.say(f"take back from {describe(url)}: {id}")
        _confirm(arguments.yes or own)

    id = redo.redo(
        url,
        arguments.directory,
        said,
        read_options(arguments),
        by_file=arguments.by_file,
        confirm=confirm,
    )
    said.say(f"{id} is applied as its file is now; it is in no tag, not on origin/main")
    _end_state(url, arguments.directory, said)
    said.say("next: make codegen")
    return 0


def _status(arguments: argparse.Namespace) -> int:
    url, said = _url(), Reporter(quiet=False)
    said.say(f"migrations of {describe(url)}")
    with opened(url, Options(), said) as session:
        records = ledger.read(session.connection)
    found = files.read(arguments.directory)
    for line in status.lines(found, records):
        said.say(f"  {line}")
    wrong = compare.findings(found, records)
    for failure in wrong.values():
        report(failure)
    if wrong:
        return FOUND if arguments.check else 1
    count = len(compare.pending(found, records))
    if not count:
        _end_state(url, arguments.directory, said)
    said.say(f"next: make migrate applies {count}" if count else "all are applied")
    return FOUND if count and arguments.check else 0


def _show(arguments: argparse.Namespace) -> int:
    found = files.read(arguments.directory)
    with opened(_url(), Options(), Reporter(quiet=True)) as session:
        return _print(status.edits(session, found, arguments.id))


def _new(arguments: argparse.Namespace) -> int:
    from tools.migrate import new

    with out.status("working out what sql/ has and migrations/ has not …"):
        lines = new.begin(arguments.name, arguments.directory)
    return _print(lines)


def _baseline(arguments: argparse.Namespace) -> int:
    from tools.migrate import baseline

    ids = baseline.adopt(_url(), until=arguments.until, directory=arguments.directory)
    return _print([f"{_count(ids)} recorded, none was run", "next: make status"])


def _squash(arguments: argparse.Namespace) -> int:
    from tools.migrate import baseline_text, squash

    if arguments.to is None:
        return _print([baseline_text.write(arguments.directory, SCHEMA)])
    with out.status("proving the squash on two throw-away servers …"):
        lines = squash.squash(arguments.directory, arguments.to)
    return _print(lines)


def _accept(arguments: argparse.Namespace) -> int:
    from tools.migrate import accept

    id = accept.accept(_url(), arguments.id, arguments.reason, arguments.directory)
    return _print([f"{id} is recorded as its files are now"])


def _print(lines: Iterable[str]) -> int:
    for line in lines:
        sys.stdout.write(f"{line}\n")
    return 0


def _url() -> str:
    """Return the database to work on; the private server's module is slow to import."""
    if given := given_url():
        return given
    from tools.postgres import server

    return server.admin_url()


def _end_state(url: str, directory: Path, said: Reporter) -> None:
    """Say whether the database is what `sql/` says, which belongs to `migrations/`."""
    if directory == MIGRATIONS:
        from tools.migrate import endstate

        for line in endstate.told(url):
            said.say(line)


def _credentials(url: str, said: Reporter) -> None:
    """Make the app's login and keys on the private server, by the tool for that."""
    if os.environ.get("DATABASE_URL"):
        return
    from tools import credentials

    try:
        for line in credentials.ensure(url):
            said.say(line)
    except credentials.Kept as kept:  # the migrations are applied all the same
        said.note(f"credentials: {kept.what}")
        said.note(f"  next: {kept.next}")


def _confirm(yes: bool) -> None:
    """Ask on a terminal whether to take migrations back; a script says --yes.

    Raises:
        Failure: the answer is no, or there is nobody to ask.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise Failure(
            "taking migrations back may lose data, and there is no terminal to ask",
            next="add --yes",
        )
    if input("Data in what they made is lost. Go on? [y/N] ").strip().lower() != "y":
        raise Failure("not confirmed, nothing was done", next="answer y, or add --yes")


def _count(ids: Sequence[str]) -> str:
    return f"{len(ids)} migration{'s' if len(ids) > 1 else ''}"


COMMANDS: Final[dict[str, Callable[[argparse.Namespace], int]]] = {
    "apply": _apply,
    "rollback": _rollback,
    "redo": _redo,
    "status": _status,
    "show": _show,
    "new": _new,
    "baseline": _baseline,
    "squash": _squash,
    "accept": _accept,
}
