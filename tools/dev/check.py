"""Run every check of the project and sum up: what `make test` does.

    python -m tools.dev.check [--jobs N] [STAGE …]   a stage, or the first word of some
    python -m tools.dev.check --changed              what `make check` does, in a minute

Stages are independent: one that fails hides no other. Each has servers of its own; the
developer's database and DATABASE_URL are never touched. A stage prints its output only
when it fails.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from rich.markup import escape

from tools import node
from tools.console import Failure, err, out, report, run
from tools.dev import changed
from tools.postgres import debian
from tools.postgres.binaries import find_bin, read_version
from tools.project import ROOT

_TOOLS: Final = "tests/python/tools"
_CAMPAIGN_TESTS: Final = "tests/python/campaigns"
_OPS: Final = f"{_TOOLS}/ops"  # builds an image: a minute on a new machine
_CAMPAIGNS: Final = _CAMPAIGN_TESTS.replace("/", ".")
_PYTHON: Final = (sys.executable, "-m")
_CODE: Final = (
    *("tools", "todo_db", "generated/todo_models", "tests/python"),
    "examples/fastapi",
)
_PYTEST: Final = ("pytest", "-q", "--no-header", "-p", "no:cacheprovider")
_LIMIT: Final = 1800.0  # seconds; a stage that hangs does not hang the rest
_HIDDEN: Final = re.compile(
    r"PG[A-Z]+|DATABASE_URL|TODO_.*"
)  # the caller's own database


# What a second version of the server could change: the catalogue that the generator
# reads among it. Installers and the review's report are the same on both, and the
# fingerprint is compared by verify.
_ON_OLDEST: Final = (
    "tests/python/campaigns/oracle",
    "tests/python/performance",
    "tests/python/security",
    "tests/python/todo_db",
    "tests/python/generated/test_tables.py",
    "tests/python/tools/catalog",
    "tests/python/tools/codegen/test_corpus.py",
    "tests/python/tools/codegen/test_drivers.py",
    "tests/python/tools/migrate",
    "tests/python/tools/postgres/test_throwaway.py",
)


# Its theme's makers print into every build that they go on under another name.
_QUIET: Final = {"NO_MKDOCS_2_WARNING": "1"}


@dataclass(frozen=True)
class Stage:
    """One command: its words after `python -m`, and its environment."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """How a stage ended, and how many single tests it says that it ran."""

    stage: Stage
    status: int
    seconds: float
    output: str

    @property
    def counts(self) -> tuple[int, int]:
        """Tests passed and failed; a stage that does not count is one."""
        passed, failed = _count(self.output)
        if self.status:
            return passed, max(failed, 1)
        return max(passed, 1), 0

    @property
    def skipped(self) -> int:
        """How many single tests it says that it left out."""
        found = re.findall(r"(\d+) skipped", self.output.rstrip().rpartition("\n")[2])
        return sum(map(int, found))


def stages() -> list[Stage]:
    """List all stages: the quick ones, then from the longest to the shortest.

    So the first word comes soon, and two at a time end together.
    """
    newest = {
        key: os.environ[key] for key in ("PG_BIN", "PG_MAJOR") if key in os.environ
    }
    oldest = {"PG_MAJOR": str(debian.MAJOR)}
    default = read_version(find_bin())[0]
    tests = _PYTEST
    found = [
        Stage("lint ruff", ("ruff", "check", ".")),
        Stage("lint format", ("ruff", "format", "--check", ".")),
        Stage("lint layers", ("tools.dev.layers",)),
        Stage("lint docker", ("tools.ops.dockerfiles",)),
        Stage("lint twins", ("tools.dev.async_to_sync", "--check")),
        Stage(
            f"pytest tools on PostgreSQL {default}",
            (*tests, _TOOLS, f"--ignore={_OPS}"),
            newest,
        ),
        Stage(
            f"pytest on PostgreSQL {default}",
            (*tests, f"--ignore={_TOOLS}", f"--ignore={_CAMPAIGN_TESTS}"),
            newest,
        ),
        Stage(f"pytest campaigns on {default}", (*tests, _CAMPAIGN_TESTS), newest),
        Stage("pytest ops", (*tests, _OPS), newest),
        Stage("lint sqlfluff", ("sqlfluff", "lint", "-p", "1", "sql", "migrations")),
        Stage("lint mypy", ("mypy", *_CODE)),
        Stage("lint site", ("mkdocs", "build"), _QUIET),
        Stage("verify", ("tools.verify",), newest),
        Stage(
            "schema mutants", (f"{_CAMPAIGNS}.schema_mutants", "--sample", "8"), newest
        ),
        Stage("python mutants", (f"{_CAMPAIGNS}.python_mutants", "--sample", "4")),
        Stage("codegen", ("tools.codegen", "--check"), newest),
        Stage(f"pgTAP on PostgreSQL {default}", ("tools.verify.pgtap",), newest),
    ]
    if default != debian.MAJOR:
        on_oldest = f"on PostgreSQL {debian.MAJOR}"
        stage = Stage(
            f"pytest {on_oldest}", (*tests, "-m", "not newest", *_ON_OLDEST), oldest
        )
        tools = next(i for i, s in enumerate(found) if s.name.startswith("pytest"))
        found.insert(tools + 1, stage)
        found.append(Stage(f"pgTAP {on_oldest}", ("tools.verify.pgtap",), oldest))
    return found


def short_stages() -> list[Stage]:
    """List what tells soon whether a change is whole: lint, proofs, its own tests."""
    found = changed.files()
    code = [name for name in found if name.endswith(".py")]
    sql = [name for name in found if re.match(r"(sql|migrations)/.*\.sql$", name)]
    tests = changed.pytest(found)
    return [
        Stage("lint ruff", ("ruff", "check", ".")),
        Stage("lint format", ("ruff", "format", "--check", ".")),
        Stage("lint layers", ("tools.dev.layers",)),
        Stage("lint twins", ("tools.dev.async_to_sync", "--check")),
        Stage("verify", ("tools.verify",)),
        Stage("pgTAP", ("tools.verify.pgtap", *changed.pgtap(found))),
        *(
            [Stage("lint sqlfluff", ("sqlfluff", "lint", "-p", "1", *sql))]
            if sql
            else []
        ),
        *([Stage("lint mypy", ("mypy", *code))] if code else []),
        *([Stage("pytest", (*_PYTEST, *tests))] if tests else []),
    ]


def main(argv: Sequence[str]) -> int:
    """Run the chosen stages; status 1 if any failed."""
    parser = argparse.ArgumentParser(prog="python -m tools.dev.check")
    parser.add_argument("--jobs", type=int, default=2, help="stages at a time")
    parser.add_argument(
        "--changed", action="store_true", help="lint, proofs, tests of what changed"
    )
    parser.add_argument("stages", nargs="*", metavar="STAGE")
    arguments = parser.parse_args(argv)
    if arguments.changed:
        chosen = short_stages()
    else:
        chosen = _choose(arguments.stages)
    if any("PostgreSQL" in stage.name for stage in chosen):
        _prepare()
    start = time.perf_counter()
    try:
        results = asyncio.run(_run_all(chosen, arguments.jobs))
    except asyncio.CancelledError:
        raise Failure("ended by a signal", next="make test", status=143) from None
    return _sum_up(chosen, results, time.perf_counter() - start)


def _choose(words: Sequence[str]) -> list[Stage]:
    known = stages()
    chosen = [s for s in known if not words or any(s.name.startswith(w) for w in words)]
    if not chosen:
        raise Failure(
            f"there is no stage {' '.join(words)!r}",
            next="one of: " + ", ".join(stage.name for stage in known),
            status=2,
        )
    return chosen


def _prepare() -> None:
    """Fetch what several stages need before they start; they report what is missing."""
    for fetch in (
        debian.ensure,
        partial(node.modules, "types"),
        partial(node.modules, "diagram"),
    ):
        try:
            fetch()
        except Failure as failure:
            report(failure)


async def _run_all(chosen: Sequence[Stage], jobs: int) -> list[Result]:
    """Run the stages, *jobs* at a time, and print each as it ends."""
    task = asyncio.current_task()
    if task is not None:  # a termination ends the children too
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    places = asyncio.Semaphore(jobs)
    running: list[str] = []
    with out.status("") as line:

        async def one(stage: Stage) -> Result:
            async with places:
                running.append(stage.name)
                line.update(", ".join(running))
                result = await _run_stage(stage)
                running.remove(stage.name)
                line.update(", ".join(running))
                _print(result)
                return result

        return list(await asyncio.gather(*(one(stage) for stage in chosen)))


async def _run_stage(stage: Stage) -> Result:
    start = time.perf_counter()
    kept = {k: v for k, v in os.environ.items() if not _HIDDEN.fullmatch(k)}
    process = await asyncio.create_subprocess_exec(
        *_PYTHON,
        *stage.command,
        cwd=ROOT,
        env={**kept, "COLUMNS": "100", **stage.environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), _LIMIT)
    except TimeoutError:
        output = f"it did not end within {_LIMIT:.0f} s".encode()
    finally:
        if process.returncode is None:  # too long, or we are told to end
            process.terminate()
            await process.wait()
    seconds = time.perf_counter() - start
    status = process.returncode if process.returncode is not None else 1
    return Result(stage, status, seconds, output.decode(errors="replace"))


def _print(result: Result) -> None:
    passed, failed = result.counts
    mark = "[bold red]FAILED[/bold red]" if result.status else "[green]ok[/green]    "
    tests = f"{passed} passed" + (f", {failed} failed" if failed else "")
    tests += f", {result.skipped} skipped" if result.skipped else ""
    name = f"{escape(result.stage.name):<32}"
    out.print(f"{mark}  {name} [dim]{result.seconds:6.1f} s[/dim]  {tests}")
    if result.status:
        out.print(result.output.rstrip(), markup=False, emoji=False)  # `x.py:100:1`
        command = f"{_shown(result.stage)}"
        err.print(f"  [dim]next:[/dim]  {escape(command)}   (this stage alone)")


def _sum_up(chosen: Sequence[Stage], results: Sequence[Result], seconds: float) -> int:
    failed = [result.stage.name for result in results if result.status]
    out.print(f"{len(chosen)} stages in {seconds:.1f} s")
    if failed:
        out.print(f"failed: {', '.join(map(escape, failed))}")
    counts = [result.counts for result in results]
    skipped = sum(result.skipped for result in results)
    out.print(
        f"{sum(c[0] for c in counts)} passed, {sum(c[1] for c in counts)} failed"
        + (f", {skipped} skipped" if skipped else "")
    )
    return 1 if failed else 0


def _shown(stage: Stage) -> str:
    """Give the stage's command as one types it."""
    settings = [f"{key}={value}" for key, value in stage.environment.items()]
    return " ".join([*settings, ".venv/bin/python", "-m", *stage.command])


def _count(output: str) -> tuple[int, int]:
    """Read the totals of pytest's last line or of pg_prove's summary."""
    tap = re.search(r"^Files=\d+, Tests=(\d+)", output, re.MULTILINE)
    if tap:
        failed = sum(map(int, re.findall(r"\(Wstat: .* Failed: (\d+)\)", output)))
        return int(tap[1]) - failed, failed
    last = output.rstrip().rpartition("\n")[2]
    if not re.search(r" in [\d.]+s\b", last):  # not pytest's
        return 0, 0
    numbers = {
        word: int(n) for n, word in re.findall(r"(\d+) (passed|failed|err)", last)
    }
    return numbers.get("passed", 0), numbers.get("failed", 0) + numbers.get("err", 0)


if __name__ == "__main__":
    run(main)
