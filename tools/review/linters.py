"""What squawk and sqlfluff say about the files."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from tools.console import Failure
from tools.migrate.files import MigrationFile, shown
from tools.project import ROOT
from tools.review.findings import Finding, Severity

NOTE, LOOK, STOP = Severity.NOTE, Severity.LOOK, Severity.STOP

# Rules of squawk that have nothing to say here, each with the reason.
UNUSED: Final = {
    "require-lock-timeout": "make migrate sets it for every file",
    "require-statement-timeout": "make migrate sets it for every file",
    "prefer-robust-stmts": "an interrupted file is rolled back, or taken up again",
    "prefer-bigint-over-int": "widths are chosen with their CHECKs",
    "prefer-bigint-over-smallint": "widths are chosen with their CHECKs",
}
# What rules of our own say with more: the measured effect, the place in a body.
_SAID: Final = {
    "ban-drop-function": NOTE,
    "ban-drop-table": NOTE,
    "ban-drop-column": NOTE,
    "ban-drop-schema": NOTE,
    "require-concurrent-index-creation": NOTE,
}


def lint(files: Sequence[MigrationFile]) -> Iterator[Finding]:
    """Run both linters over *files*.

    Raises:
        Failure: one of them does not run.
    """
    for file in files:
        yield from squawk(file)
    if files:
        yield from sqlfluff(files)


def squawk(file: MigrationFile) -> Iterator[Finding]:
    """Run squawk, which is told whether *file* runs in a transaction."""
    program = Path(sys.executable).with_name("squawk")
    command = [str(program), "--reporter", "json", "--no-error-on-unmatched-pattern"]
    command += [f"--exclude={','.join(UNUSED)}"]
    if file.transactional:
        command += ["--assume-in-transaction"]
    for found in _json([*command, str(file.path)], "squawk"):
        key = found["rule_name"]
        text = found["message"].strip().rstrip(".")
        help = f" {found['help'].strip()}" if found.get("help") else ""
        yield Finding(
            f"squawk/{key}",
            _SAID.get(key, LOOK),
            f"{shown(file.path)}:{found['line'] + 1}",
            f"{text}.{help}",
            file.id,
        )


def sqlfluff(files: Sequence[MigrationFile]) -> Iterator[Finding]:
    """Run sqlfluff over both directions of *files*."""
    paths = {str(path): f for f in files for path in (f.path, f.rollback_path)}
    existing = [path for path in paths if Path(path).exists()]
    command = [sys.executable, "-m", "sqlfluff", "lint", "--format", "json"]
    command += ["--nofail", "--disable-progress-bar"]
    command += ["--config", str(ROOT / "pyproject.toml"), *existing]
    for report in _json(command, "sqlfluff"):
        file = paths[report["filepath"]]
        for found in report["violations"]:
            unread = found["code"] in ("PRS", "LXR", "TMP")
            line = found.get("start_line_no", found.get("line_no", 1))
            yield Finding(
                f"sqlfluff/{found['code']}",
                LOOK if unread else NOTE,
                f"{shown(Path(report['filepath']))}:{line}",
                found["description"],
                file.id,
            )


def _json(command: Sequence[str], name: str) -> list[dict[str, Any]]:
    """Run a linter and read what it prints, whatever its exit status says."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,  # where its settings are
        )
        found: list[dict[str, Any]] = json.loads(done.stdout or "[]")
    except (OSError, ValueError) as error:
        raise Failure(
            f"{name} does not run: {error}",
            where=" ".join(command),
            next="make setup, then run the same command again",
        ) from error
    if not found and done.returncode not in (0, 1):
        raise Failure(
            f"{name} failed: {done.stderr.strip()}",
            where=" ".join(command),
            next="run that command by itself",
        )
    return found
