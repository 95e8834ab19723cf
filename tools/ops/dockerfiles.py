"""Hold every Dockerfile of the checkout to hadolint's rules: part of `make lint`.

    python -m tools.ops.dockerfiles [FILE …]

Exit status: 0 nothing to say; 1 a rule is broken. Where a rule is wrong for a file, the
file says so above the line, with the reason.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.console import Failure, run
from tools.project import ROOT


def main(argv: Sequence[str]) -> int:
    """Check the files named, or all below tools/ and tests/."""
    files = [Path(word) for word in argv] or find()
    hadolint = Path(sys.executable).parent / "hadolint"
    if not hadolint.exists():
        raise Failure(
            "hadolint is not installed", where=str(hadolint), next="make setup"
        )
    command = [str(hadolint), "--no-color", "--failure-threshold", "style"]
    return subprocess.run([*command, *map(str, files)], check=False).returncode


def find() -> list[Path]:
    """List the Dockerfiles of the checkout.

    Raises:
        Failure: there is none, which would pass unseen.
    """
    tops = (ROOT / "tools", ROOT / "tests")
    files = sorted(file for top in tops for file in top.rglob("Dockerfile*"))
    if not files:
        raise Failure("there is no Dockerfile", where=str(ROOT), next="git status")
    return files


if __name__ == "__main__":
    run(main)
