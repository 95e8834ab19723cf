"""The site has every page, and its API pages everything that an app may import."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import todo_db
from todo_db import settings
from tools.dev import site
from tools.project import ROOT, TESTS

_API = (ROOT / "docs" / "api" / "todo_db.md").read_text("utf-8")
_SETTINGS = (ROOT / "docs" / "settings.md").read_text("utf-8")


def test_every_page_can_be_reached() -> None:
    nav = (ROOT / "mkdocs.yml").read_text("utf-8")
    for page in site.pages():
        if re.search(r"/(decisions/\d|runbooks/(?!README))", page):
            index = (ROOT / page).with_name("README.md").read_text("utf-8")
            assert Path(page).name in index
        else:
            assert page in nav, f"{page} is not in mkdocs.yml"


def test_what_an_app_imports_has_an_entry() -> None:
    entries = set(re.findall(r"^::: (\S+)$", _API, re.MULTILINE))
    sources = [*map(ROOT.joinpath, site.pages()), *ROOT.glob("examples/*/*.py")]
    text = "\n".join(source.read_text("utf-8") for source in sources)
    used = {
        f"todo_db.{module}.{name.strip()}"
        for module, names in re.findall(
            r"^ *from todo_db\.(\w+) import ([\w, ]+)$", text, re.MULTILINE
        )
        for name in names.split(",")
    }
    used |= {f"todo_db.{todo_db._MODULE_OF[name]}.{name}" for name in todo_db.__all__}
    assert len(used) > 15
    missing = [name for name in used if not {name, name.rpartition(".")[0]} & entries]
    assert not missing


def test_every_setting_is_on_the_page_as_the_code_has_it() -> None:
    told = [
        f"| `{cells[1]}` | {cells[2]} | {cells[3]} |"
        for line in (settings.__doc__ or "").splitlines()
        if len(cells := re.split(r" *\| *", line)) == 5 and cells[1].startswith("TODO_")
    ]
    assert told and all(line in _SETTINGS for line in told)
    sources = "\n".join(file.read_text("utf-8") for file in TESTS.rglob("*.py"))
    read = set(re.findall(r'environ\.get\("([A-Z_]+)"', sources)) - {"PG_BIN", "CI"}
    assert {name for name in read if f"`{name}`" not in _SETTINGS} == set()


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("[gone](docs/gone.md)", "docs/gone.md"),
        ("[gone](docs/runtime.md#gone)", "#gone"),
        ("::: todo_db.gone", "todo_db.gone"),
    ],
)
def test_a_fault_of_a_page_fails_the_build(
    tmp_path: Path, fault: str, told: str
) -> None:
    for name in ("docs", "tools", "todo_db", "mkdocs.yml"):
        copy = shutil.copy if (ROOT / name).is_file() else shutil.copytree
        copy(ROOT / name, tmp_path / name)
    for page in ("README.md", "docs/settings.md"):
        (tmp_path / page).write_text(f"# A page\n\n{fault}\n" * (page == "README.md"))
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert told in done.stderr
