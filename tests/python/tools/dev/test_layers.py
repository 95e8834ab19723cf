"""The contracts of imports: kept, and broken by one import that goes up."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tools.project import ROOT

HERE = Path(__file__).parent
UP = "from tools.migrate import engine\n"


def lint(checkout: Path) -> subprocess.CompletedProcess[str]:
    """Run `python -m tools.dev.layers` in *checkout*."""
    return subprocess.run(
        [sys.executable, "-m", "tools.dev.layers"],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(checkout / "generated")},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """A copy of what the contracts speak of."""
    for name in ("tools", "todo_db", "generated/todo_models"):
        ignored = shutil.ignore_patterns("__pyc*")
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_contracts_are_kept(code: Path) -> None:
    done = lint(code)
    assert done.returncode == 0, done.stdout
    assert "Contracts: 3 kept, 0 broken." in done.stdout


@pytest.mark.parametrize(
    ("file", "line", "told"),
    [
        ("todo_db/upward.py", UP, "todo_db.upward -> tools.migrate"),
        ("generated/todo_models/enums.py", UP, "todo_models.enums -> tools.migrate"),
        ("tools/postgres/libpq.py", UP, "tools.postgres.libpq -> tools.migrate"),
        ("tools/console/reporter.py", UP, "tools.console.reporter -> tools.migrate"),
        (
            "tools/catalog/host.py",
            "from tools.node import run\n",
            "tools.catalog.host -> tools.node",
        ),
        (
            "tools/postgres/storage.py",
            "def lazy() -> None:\n    from tools.postgres import cluster\n",
            ".storage -> .cluster (1 import)",
        ),
        ("tools/loose.py", "", "loose"),
    ],
)
def test_an_arrow_up_aside_or_in_a_circle_is_named(
    code: Path, file: str, line: str, told: str
) -> None:
    path = code / file
    text = path.read_text() if path.exists() else ""
    path.write_text(f"{text}\n{line}")
    done = lint(code)
    assert done.returncode == 1
    assert told in done.stdout


def test_an_import_for_types_alone_does_not_count(code: Path) -> None:
    path = code / "tools" / "postgres" / "libpq.py"
    only = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    "
    path.write_text(f"{path.read_text()}\n{only}{UP}")
    assert lint(code).returncode == 0


def test_the_page_has_the_layers_and_every_package_its_tests() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    layers = next(one["layers"] for one in contracts if one["type"] == "layers")
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", page, re.MULTILINE)
    assert [set(re.findall(r"\w+", row)) for row in reversed(rows)] == [
        set(layer.split(" | ")) for layer in layers
    ]
    packages = {name for layer in layers for name in layer.split(" | ")} - {"project"}
    tests = {path.parent.name for path in HERE.parent.glob("*/test_*.py")}
    assert tests == packages
    assert list(HERE.parent.glob("test_*.py")) == []
