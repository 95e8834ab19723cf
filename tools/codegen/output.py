"""Writes what was generated: formatted, all or nothing, or only compared."""

from __future__ import annotations

import difflib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from tools.console import Failure

Files = Mapping[PurePosixPath, str]
_SETTINGS = "--isolated --no-cache --target-version py311 --line-length 88".split()


def format_python(files: Files) -> dict[PurePosixPath, str]:
    """Sort the imports and break the lines of the Python files among *files*.

    Raises:
        Failure: ruff refused a file: what was generated is not valid Python.
    """
    with tempfile.TemporaryDirectory(prefix="todo-codegen-") as name:
        root = Path(name)
        for path, content in files.items():
            if path.suffix == ".py":
                _write(root / path, content)
        _ruff("check", "--select", "I,F401", "--fix", "--quiet", str(root))
        _ruff("format", "--quiet", str(root))
        return {
            path: (root / path).read_text("utf-8") if path.suffix == ".py" else content
            for path, content in files.items()
        }


def write(files: Files, target: Path) -> list[Path]:
    """Make the directory *target* hold *files* and nothing else.

    Everything is written beside *target* first and moved into place at the end, so that
    a failure leaves what was there.
    """
    with _staged(files, target) as staging:
        target.mkdir(parents=True, exist_ok=True)
        wanted = {PurePosixPath(path).parts[0] for path in files}
        for name in sorted(wanted | {entry.name for entry in target.iterdir()}):
            _replace(staging / name, target / name)
    return [target / path for path in sorted(files)]


def differences(files: Files, target: Path) -> str:
    """Compare *target* with *files*: a unified diff, empty where they are equal."""
    there = {
        PurePosixPath(path.relative_to(target).as_posix()): path
        for path in target.rglob("*")
        if path.is_file() and not _ignored(path)
    }
    parts: list[str] = []
    for path in sorted(set(there) | set(files)):
        old = there[path].read_bytes().decode() if path in there else ""
        new = files.get(path, "")
        parts += difflib.unified_diff(
            old.splitlines(keepends=True),
            new.splitlines(keepends=True),
            f"a/{target.name}/{path}" if path in there else "/dev/null",
            f"b/{target.name}/{path}" if path in files else "/dev/null",
        )
    return "".join(parts)


@contextmanager
def _staged(files: Files, target: Path) -> Iterator[Path]:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".codegen-", dir=target.parent) as name:
        staging = Path(name)
        for path, content in files.items():
            _write(staging / path, content)
        yield staging


def _replace(new: Path, old: Path) -> None:
    """Put *new* in the place of *old*; without *new*, remove *old*."""
    aside = new.with_name(new.name + ".old")
    if old.exists():
        old.rename(aside)
    if new.exists():
        try:
            new.rename(old)
        except OSError:
            if aside.exists():
                aside.rename(old)
            raise
    if aside.is_dir():
        shutil.rmtree(aside)
    elif aside.exists():
        aside.unlink()


def _ignored(path: Path) -> bool:
    return "__pycache__" in path.parts or path.suffix == ".pyc"


def _write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, "utf-8", newline="\n")


def _ruff(*arguments: str) -> None:
    command, *options = arguments
    result = subprocess.run(
        [sys.executable, "-m", "ruff", command, *_SETTINGS, *options],
        capture_output=True,
        text=True,
    )
    if result.returncode:
        raise Failure(
            "the generated code is not valid Python",
            where=(result.stderr or result.stdout).strip(),
            next="report this with the table or column that the message names",
        )
