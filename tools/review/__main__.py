"""The command line of the review.

    python -m tools.review [--base REF] [--rows N] [--out DIR]

Exit status: 0 nothing stands against the change; 1 a finding says stop and no waiver
answers it, or the review failed; 2 used wrongly.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.markup import escape

from tools.console import Failure, out, run, say
from tools.migrate.files import shown
from tools.postgres import server
from tools.postgres.location import find_home
from tools.postgres.target import given_url
from tools.project import BUILD, MIGRATIONS
from tools.review import changes, render
from tools.review.collect import ROWS, Review, Step, collect, default_plan

_COLOURS = {"stop": "bold red", "look": "yellow", "pass": "green", "note": "dim"}


def main(argv: Sequence[str]) -> int:
    """Review the change and write the report; 1 if it says stop."""
    arguments = _parser().parse_args(argv)
    if arguments.rows < 1:
        raise Failure(
            f"{arguments.rows} rows are too few", next="--rows 20000", status=2
        )
    with tempfile.TemporaryDirectory(prefix="todo-db-review-") as before:
        change = changes.find(
            MIGRATIONS, Path(before), base=arguments.base, url=_database()
        )
        if not change.files and not change.removed:
            say(f"no migration differs from {change.base}: nothing to review")
            return 0
        names = ", ".join(file.id for file in change.files)
        say(f"review of {names or 'removed files'} against {change.base}")
        with _progress() as step:
            review = collect(change, default_plan(arguments.rows), step)
        paths = render.write(review, arguments.out)
    _sum_up(review)
    for path in paths:
        say(f"  {shown(path)}")
    return 1 if review.verdict == "stop" else 0


def _database() -> str | None:
    """Give the address of a database that knows what is pending, if one is there."""
    if given := given_url():
        return given
    if find_home() is None:
        return None
    cluster = server.private()
    return cluster.url(server.DATABASE) if cluster.running else None


@contextmanager
def _progress() -> Iterator[Step]:
    """Show what is being done, on a terminal alone."""
    with out.status("") as line:
        yield lambda text: line.update(escape(text))


def _sum_up(review: Review) -> None:
    for finding in review.judged.open:
        word = finding.severity.word
        if word != "note":
            out.print(
                f"[{_COLOURS[word]}]{word}[/] {escape(finding.key)}"
                f" [dim]{escape(finding.where)}[/dim]"
            )
            out.print(f"     {escape(finding.text)}")
    notes = sum(one.severity.word == "note" for one in review.judged.open)
    waived = len(review.judged.waived)
    counts = ", ".join(f"{count} {name}" for name, count in review.counts.items())
    say(f"{counts}; {waived} waived, {notes} notes")
    colour = _COLOURS[review.verdict]
    out.print(f"[{colour}]{review.verdict.upper()}[/]: the report is in")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.review",
        description="Measure what the new migrations do, and report it.",
    )
    parser.add_argument(
        "--base", metavar="REF", help="compare with this commit (the main branch)"
    )
    parser.add_argument(
        "--rows",
        type=int,
        default=ROWS,
        metavar="N",
        help="in every table (%(default)s)",
    )
    parser.add_argument(
        "--out", type=Path, default=BUILD / "review", metavar="DIR",
        help="of the report (build/review)",
    )  # fmt: skip
    return parser


if __name__ == "__main__":
    run(main)
