"""mypy and pyright, both strict, agree with the generated package's types."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools import project

HERE = Path(__file__).parent
CONSUMER = HERE / "consumer.py"
MISUSE = HERE / "misuse.txt"
MYPY = (
    "--strict",
    "--no-error-summary",
    "--enable-error-code=exhaustive-match",
    "--python-version=3.11",
    "--config-file=",
    f"--cache-dir={project.BUILD / 'mypy-typing'}",
)
PACKAGE = project.GENERATED / "todo_models"


def marks() -> dict[int, str]:
    """The expected errors: line and mypy's code."""
    lines = MISUSE.read_text("utf-8").splitlines()
    found = {n: re.search(r"# E: ([\w-]+)", line) for n, line in enumerate(lines, 1)}
    return {number: match.group(1) for number, match in found.items() if match}


@pytest.fixture
def misuse(tmp_path: Path) -> Path:
    copy = tmp_path / "misuse.py"
    copy.write_text(MISUSE.read_text("utf-8"), "utf-8")
    return copy


def mypy(*files: Path) -> tuple[int, str]:
    result = subprocess.run(
        [sys.executable, "-m", "mypy", *MYPY, *map(str, files)],
        capture_output=True,
        text=True,
        cwd=project.ROOT,
        env={**os.environ, "MYPYPATH": str(project.GENERATED)},
    )
    return result.returncode, result.stdout + result.stderr


def pyright(directory: Path, *files: Path) -> list[tuple[str, int, str]]:
    config = {
        "typeCheckingMode": "strict",
        "pythonVersion": "3.11",
        "extraPaths": [str(project.GENERATED)],
        # A misuse is written as an expression on a line of its own.
        "reportUnusedExpression": "none",
        "reportUnusedVariable": "none",
    }
    (directory / "pyrightconfig.json").write_text(json.dumps(config), "utf-8")
    options = ["--outputjson", "--pythonpath", sys.executable, *map(str, files)]
    result = subprocess.run(
        [sys.executable, "-m", "pyright", *options],
        capture_output=True,
        text=True,
        cwd=directory,
    )
    found = json.loads(result.stdout)["generalDiagnostics"]
    return [
        (d["file"], d["range"]["start"]["line"] + 1, d["message"])
        for d in found
        if d["severity"] == "error"
    ]


def test_mypy_finds_nothing_in_the_package_and_its_consumer() -> None:
    status, output = mypy(PACKAGE, CONSUMER)
    assert (status, output) == (0, "")
    assert len(CONSUMER.read_text("utf-8").splitlines()) >= 300


def test_mypy_finds_every_misuse_and_nothing_else(misuse: Path) -> None:
    _, output = mypy(misuse)
    found = re.findall(
        r"misuse\.py:(\d+): error: .*\[([\w-]+)\]$", output, re.MULTILINE
    )
    assert {int(line): code for line, code in found} == marks()
    assert len(marks()) >= 60


def test_pyright_finds_nothing_in_the_package_and_its_consumer(tmp_path: Path) -> None:
    assert pyright(tmp_path, PACKAGE, CONSUMER) == []


def test_pyright_finds_every_misuse_and_nothing_else(
    tmp_path: Path, misuse: Path
) -> None:
    found = {line for _, line, _ in pyright(tmp_path, misuse)}
    assert found == set(marks())
