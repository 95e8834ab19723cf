"""Which files are not what they are on the main branch, and which tests look at them.

`make check` runs those tests alone. What it leaves out is in `make test`: a change may
be felt where no name tells.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from tools.project import ROOT

_MAIN: Final = ("origin/main", "main")
_PYTHON: Final = "tests/python"
# What is not tested by a file of its own name.
_ELSEWHERE: Final = (
    ("sql/app/", f"{_PYTHON}/security/test_matrix.py"),
    ("sql/app_data/", f"{_PYTHON}/security/test_matrix.py"),
    ("generated/", f"{_PYTHON}/generated/test_tables.py"),
    ("generated/", f"{_PYTHON}/typing"),
    ("docs/", f"{_PYTHON}/todo_db/test_pages.py"),
    ("README.md", f"{_PYTHON}/todo_db/test_pages.py"),
    ("examples/", f"{_PYTHON}/todo_db/test_consumer.py"),
)


def files(root: Path = ROOT) -> list[str]:
    """List what differs from where this branch left the main one, new files too."""
    known = ["git", "diff", "--name-only", "--diff-filter=d", _base(root)]
    new = ["git", "ls-files", "--others", "--exclude-standard"]
    return sorted({*_lines(known, root), *_lines(new, root)})


def pgtap(changed: Iterable[str], root: Path = ROOT) -> list[str]:
    """List the pgTAP tests of *changed*: those at the same path, and the postures."""
    found = {"tests/pgtap/posture.sql"}
    for name in changed:
        path = PurePosixPath(name)
        if path.suffix != ".sql":
            continue
        if path.parts[0] == "sql":
            found.add(str(PurePosixPath("tests/pgtap", *path.parts[1:])))
        elif name.startswith("tests/pgtap/") and "fixtures" not in path.parts:
            found.add(name)
    return sorted(name for name in found if (root / name).is_file())


def pytest(changed: Iterable[str], root: Path = ROOT) -> list[str]:
    """List the Python tests of *changed*: those of the same name, or that read it."""
    found: set[str] = set()
    for name in changed:
        found.update(test for start, test in _ELSEWHERE if name.startswith(start))
        path = PurePosixPath(name)
        if path.suffix == ".py" and path.parts[0] in ("tools", "todo_db"):
            home = PurePosixPath(_PYTHON, *path.parts[:-1])
            stem = path.parent.name if path.stem == "__init__" else path.stem
            found.add(str(home / f"test_{stem}.py"))
        elif path.name.startswith("test_") and name.startswith(_PYTHON):
            found.add(name)
    there = {name for name in found if (root / name).exists()}
    return sorted(name for name in there if not _covered(name, there))


def _covered(name: str, others: Iterable[str]) -> bool:
    return any(name.startswith(f"{other}/") for other in others)


def _base(root: Path) -> str:
    for main in _MAIN:
        found = _lines(["git", "merge-base", "HEAD", main], root)
        if found:
            return found[0]
    return "HEAD"


def _lines(command: Sequence[str], root: Path) -> list[str]:
    done = subprocess.run(
        command, cwd=root, capture_output=True, text=True, check=False
    )
    return done.stdout.splitlines() if done.returncode == 0 else []
