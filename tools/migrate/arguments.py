"""The words of the command line of migrations, and the limits that they set."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from tools.migrate.header import milliseconds
from tools.migrate.options import Options
from tools.project import MIGRATIONS


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Read the command line; without a command it means `apply`."""
    named = argv and not argv[0].startswith("--")
    asks = argv and argv[0] in ("-h", "--help")
    return _parser().parse_args(argv if named or asks else ["apply", *argv])


def options(arguments: argparse.Namespace) -> Options:
    """Return the limits that were given.

    Raises:
        Failure: one of them is no duration.
    """

    def given(name: str, default: int) -> int:
        text = getattr(arguments, name)
        flag = f"--{name.replace('_', '-')}"
        return default if text is None else milliseconds(text, flag)

    usual = Options()
    return Options(
        lock_timeout=given("lock_timeout", usual.lock_timeout),
        statement_timeout=given("statement_timeout", usual.statement_timeout),
        retry_for=given("retry_for", usual.retry_for),
        wait=given("wait", usual.wait),
        beside=getattr(arguments, "beside", False),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.migrate", description="Applies the files of migrations/."
    )
    commands = parser.add_subparsers(required=True, metavar="command")
    apply = _command(commands, "apply", "apply what is pending (the default)")
    apply.add_argument("--until", metavar="NNNN", help="the last one to apply")
    apply.add_argument(
        "--beside", action="store_true", help="share a database that is not empty"
    )
    back = _command(commands, "rollback", "take the last one back")
    which = back.add_mutually_exclusive_group()
    which.add_argument("--to", metavar="NNNN", help="the one that stays the last")
    which.add_argument("--all", action="store_true", help="take all of them back")
    back.add_argument("--yes", action="store_true", help="do not ask")
    again = _command(commands, "redo", "apply the last one again, after an edit")
    again.add_argument("--yes", action="store_true", help="do not ask")
    again.add_argument(
        "--by-file",
        action="store_true",
        help="take it back by the rollback as it is now, not as it was applied",
    )
    for command in (apply, back):
        command.add_argument(
            "--dry-run", action="store_true", help="print the SQL, send none of it"
        )
    for command in (apply, back, again):
        for name, text in (
            ("lock-timeout", "all waits for locks of one attempt (2s)"),
            ("statement-timeout", "of each statement, 0 for none (0)"),
            ("retry-for", "how long to repeat a file that is locked out (2min)"),
            ("wait", "how long to wait for another run (10min)"),
        ):
            command.add_argument(f"--{name}", metavar="TIME", help=text)
    state = _command(commands, "status", "applied, pending, checksums")
    state.add_argument("--check", action="store_true", help="exit 3 unless all is done")
    show = _command(commands, "show", "text as applied, and what was edited")
    show.add_argument("id", metavar="NNNN")
    new = _command(commands, "new", "begin a migration, drafted if possible")
    new.add_argument("name", metavar="verb_object")
    base = _command(commands, "baseline", "adopt a database that is equal")
    base.add_argument("--until", metavar="NNNN", help="the last one that it equals")
    fold = _command(commands, "squash", "fold migrations into one")
    fold.add_argument(
        "--to",
        metavar="NNNN",
        help="the last to fold; before the first release: the baseline, from sql/",
    )
    edit = _command(commands, "accept", "accept an edit of a comment")
    edit.add_argument("id", metavar="NNNN")
    edit.add_argument("--reason", required=True, help="goes into the log")
    return parser


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    text: str,
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=text, description=text)
    command.set_defaults(command=name)
    command.add_argument(
        "--directory", type=Path, default=MIGRATIONS, help="of the files (migrations)"
    )
    return command
