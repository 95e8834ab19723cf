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
    return "".join(f"{line}\n" for line in unlike(read(target), files, target.name))


def read(directory: Path) -> dict[PurePosixPath, str]:
    """Read the files below *directory*, without what Python has compiled."""
    paths = (path for path in sorted(directory.rglob("*")) if path.is_file())
    return {
        PurePosixPath(path.relative_to(directory).as_posix()): path.read_bytes().decode(
            errors="backslashreplace"
        )
        for path in paths
        if not _ignored(path)
    }


def unlike(before: Files, after: Files, name: str = "", context: int = 3) -> list[str]:
    """Compare two trees of files: the lines of a unified diff, none where equal.

    Args:
        before: what there is.
        after: what is wanted.
        name: of the directory, in the headings.
        context: lines around each difference.
    """
    lines: list[str] = []
    for path in sorted(before.keys() | after.keys()):
        old, new = before.get(path), after.get(path)
        if old != new:
            found = difflib.unified_diff(
                (old or "").splitlines(),
                (new or "").splitlines(),
                "/dev/null" if old is None else str(PurePosixPath("a", name, path)),
                "/dev/null" if new is None else str(PurePosixPath("b", name, path)),
                n=context,
                lineterm="",
            )
            lines += list(found) or [f"{path}: the ends of lines or of the file differ"]
    return lines


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
