"""Write requirements.lock: every package, its version and the hashes of its files.

requirements.migrate.lock is the part of it that `make migrate` needs.

    python -m tools.dev.lock [--check]

Without an option all versions are raised as far as pyproject.toml allows; `--check`
fails if the lock does not answer to pyproject.toml any more. The file names no index,
so that it serves any mirror; hashes make the mirror's good faith unimportant.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tools.console import Failure, out, run, say
from tools.project import ROOT

LOCK: Final = ROOT / "requirements.lock"
PART: Final = ROOT / "requirements.migrate.lock"
_ALL: Final = ("pyproject.toml", "--group", "dev", "--all-extras")
# For every platform and every supported Python at once.
_COMPILE: Final = (
    *(sys.executable, "-m", "uv", "pip", "compile"),
    *("--universal", "--python-version", "3.11", "--generate-hashes"),
    *("--no-header", "--no-annotate", "--no-emit-index-url", "--quiet"),
)


def main(argv: Sequence[str]) -> int:
    """Raise or check the lock and say what is different."""
    parser = argparse.ArgumentParser(prog="python -m tools.dev.lock")
    parser.add_argument("--check", action="store_true", help="change nothing")
    check = parser.parse_args(argv).check
    old = LOCK.read_text() if LOCK.exists() else ""
    new = compile_lock(old, raise_versions=not check)
    part = compile_part(new)
    for line in compare(old, new):
        say(f"  {line}")
    if new == old and PART.exists() and part == PART.read_text():
        say("requirements.lock is up to date")
        return 0
    if check:
        raise Failure(
            "requirements.lock does not answer to pyproject.toml",
            where=str(LOCK),
            next="make upgrade, then make test",
        )
    LOCK.write_text(new)
    PART.write_text(part)
    say("requirements.lock is written; next: make test, which installs it first")
    return 0


def compile_lock(old: str, *, raise_versions: bool) -> str:
    """Give the text of a lock; versions of *old* stay unless they are to be raised.

    Raises:
        Failure: the requirements contradict each other, or no index answers.
    """
    options = ["--upgrade"] if raise_versions else []
    with out.status("asking the package index"):
        return _compile([*_ALL, *options], old)


def compile_part(lock: str) -> str:
    """Give the lock of what `make migrate` needs, by the versions of *lock*.

    Raises:
        Failure: *lock* lacks one of them, or no index answers.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as constraints:
        constraints.write(lock)
        constraints.flush()
        return _compile(["--group", "migrate", "--constraints", constraints.name], "")


def _compile(options: Sequence[str], old: str) -> str:
    with tempfile.TemporaryDirectory(prefix="todo-db-lock-") as place:
        target = Path(place) / LOCK.name
        target.write_text(old)
        done = subprocess.run(
            [*_COMPILE, *options, "--output-file", str(target)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Failure(
                f"uv cannot resolve the requirements: {done.stderr.strip()}",
                where="pyproject.toml",
                next="loosen the bound that it names, or check the network",
            )
        return target.read_text()


def compare(old: str, new: str) -> list[str]:
    """List the packages whose version differs, as `name 1.0 -> 1.1`."""
    before, after = _versions(old), _versions(new)
    names = sorted(before.keys() | after.keys())
    return [
        f"{name} {before.get(name, 'absent')} -> {after.get(name, 'absent')}"
        for name in names
        if before.get(name) != after.get(name)
    ]


def _versions(text: str) -> dict[str, str]:
    return dict(re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", text, re.MULTILINE))


if __name__ == "__main__":
    run(main)
