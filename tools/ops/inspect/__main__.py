"""The command line: `python -m tools.ops.inspect`, `make inspect`.

    python -m tools.ops.inspect [--json] [--html FILE] [--all] [CHECK …]

It looks at DATABASE_URL, or at the project's private server where that is not set, and
changes nothing. Without --all a table shows what is to be looked at or acted on. Exit
status: 0 nothing to act on; 1 something is; 2 used wrongly.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psycopg
from jinja2 import Environment
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tools.console import Failure, out, run, say
from tools.ops.inspect import checks
from tools.ops.inspect.checks import Answer
from tools.postgres.server import admin_url
from tools.postgres.target import CONNECT_SECONDS, describe, libpq_url

_COLOURS: Final = {"act": "bold red", "look": "yellow", "ok": "green"}
_HIDDEN: Final = ("bytes",)  # a column that only programs sort by
_ROWS: Final = 20
_wide: Final = Console(width=None if out.is_terminal else 200, highlight=False)


def main(argv: Sequence[str]) -> int:
    """Ask, and print the answers."""
    parser = argparse.ArgumentParser(prog="python -m tools.ops.inspect")
    parser.add_argument("--json", action="store_true", help="for programs: everything")
    parser.add_argument("--html", type=Path, metavar="FILE", help="a page: everything")
    parser.add_argument("--all", action="store_true", help="what is in order, too")
    parser.add_argument("checks", nargs="*", metavar="CHECK", help="all by default")
    chosen = parser.parse_args(argv)
    url = admin_url()
    version, answers = look(url)
    known = {answer.key for answer in answers}
    if unknown := set(chosen.checks) - known:
        raise Failure(
            f"there is no check {', '.join(sorted(unknown))}",
            next="one of: " + ", ".join(sorted(known)),
            status=2,
        )
    answers = [one for one in answers if not chosen.checks or one.key in chosen.checks]
    if chosen.html:
        chosen.html.parent.mkdir(parents=True, exist_ok=True)
        chosen.html.write_text(page(url, version, answers), encoding="utf-8")
        say(str(chosen.html))
    elif chosen.json:
        told = {"database": describe(url), "version": version}
        told["checks"] = [asdict(one) for one in answers]  # type: ignore[assignment]
        sys.stdout.write(json.dumps(told, indent=2) + "\n")
    else:
        _print(answers, everything=chosen.all or bool(chosen.checks))
    return 1 if checks.worst(answers) == "act" else 0


def look(url: str) -> tuple[str, list[Answer]]:
    """Ask the database at *url*, without changing it: its version and its answers."""
    with psycopg.connect(
        libpq_url(url),
        autocommit=True,
        connect_timeout=CONNECT_SECONDS,
        application_name="todo-inspect",
        options="-c statement_timeout=60s -c lock_timeout=1s -c jit=off",
    ) as connection:
        connection.read_only = True
        version = connection.info.parameter_status("server_version") or ""
        return version, checks.ask(connection)


def page(url: str, version: str, answers: Sequence[Answer]) -> str:
    """Give the answers as one page of HTML."""
    template = (checks.DIRECTORY / "report.html.j2").read_text(encoding="utf-8")
    counts = _counts(answers)
    return (
        Environment(autoescape=True, trim_blocks=True)
        .from_string(template)
        .render(
            database=describe(url),
            version=version,
            at=f"{datetime.now(UTC):%Y-%m-%d %H:%M UTC}",
            answers=answers,
            counts={verdict: counts[verdict] for verdict in checks.VERDICTS},
        )
    )


def _print(answers: Sequence[Answer], *, everything: bool) -> None:
    for answer in answers:
        rows = [row for row in answer.rows if everything or row["verdict"] != "ok"]
        if rows:
            _print_table(answer, rows)
        elif everything:
            said = answer.skipped or "none"
            out.print(f"[bold]{escape(answer.key)}[/bold]: {escape(said)}")
    skipped = [answer for answer in answers if answer.skipped]
    for answer in [] if everything else skipped:
        say(f"not asked: {answer.key}: {answer.skipped}")
    counts = _counts(answers)
    say(f"{len(answers)} checks, {counts.total()} objects: {counts['act']} to act on,"
        f" {counts['look']} to look at")  # fmt: skip


def _print_table(answer: Answer, rows: Sequence[dict[str, Any]]) -> None:
    names = [name for name in rows[0] if name not in (*_HIDDEN, "mend")]
    title = f"{answer.section}: {answer.key.replace('_', ' ')}"
    if len(said := {row["says"] for row in rows}) == 1:  # once, above them
        names.remove("says")
        title += f" ({said.pop()})"
    table = Table(title=title, title_justify="left", box=None, title_style="bold")
    for name in names:
        table.add_column(name.replace("_", " "), overflow="fold")
    for row in rows[:_ROWS]:
        cells = ["" if row[name] is None else escape(str(row[name])) for name in names]
        table.add_row(*cells, style=_COLOURS[row["verdict"]])
    _wide.print(table)
    for mend in dict.fromkeys(row["mend"] for row in rows[:_ROWS] if row["mend"]):
        say(f"    mend: {mend}")
    if len(rows) > _ROWS:
        say(f"    and {len(rows) - _ROWS} more: --json has them")


def _counts(answers: Sequence[Answer]) -> Counter[str]:
    return Counter(row["verdict"] for answer in answers for row in answer.rows)


if __name__ == "__main__":
    run(main)
