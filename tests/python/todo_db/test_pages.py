"""The code on the pages runs, in its order, against a database, and its types hold."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.python.databases import as_app
from tests.python.todo_db.sample import ALICE, environment
from todo_db import Database, accounts, errors
from tools.dev import site
from tools.project import BUILD, GENERATED, ROOT

_RUNTIME = ROOT / "docs" / "runtime.md"
_MODELS = ROOT / "docs" / "models.md"
_README = ROOT / "README.md"


def _blocks(page: Path, *languages: str) -> Iterator[tuple[str, str]]:
    """Give language and text of each block of code, with its lines where they are."""
    text = page.read_text("utf-8")
    for found in re.finditer(r"^```(\w+)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        if found[1] in languages:
            before = text.count("\n", 0, found.start(2))
            yield found[1], "\n" * before + found[2]


def _run(page: Path, names: dict[str, Any], admin_url: str) -> int:
    blocks = list(_blocks(page, "python", "sql"))
    for language, code in blocks:
        if language == "sql":
            with psycopg.connect(admin_url, autocommit=True) as connection:
                connection.execute(code.encode())
        else:
            exec(compile(code, page, "exec"), names)  # noqa: S102 - our own page
    return len(blocks)


@pytest.fixture
def surroundings(database: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The environment of an app; the address is the superuser's."""
    for name, value in environment(as_app(database)).items():
        monkeypatch.setenv(name, value)
    return database


def test_the_page_about_the_runtime(surroundings: str) -> None:
    names: dict[str, Any] = {}
    assert _run(_RUNTIME, names, surroundings) >= 12
    names["db"].close()


def test_the_page_about_models(surroundings: str) -> None:
    names: dict[str, Any] = {}
    assert _run(_MODELS, names, surroundings) >= 6
    assert names["ALICE"] == ALICE
    names["db"].close()


def test_the_readme(surroundings: str) -> None:
    db = Database.from_env()
    person = {"email": "ada@example.org", "password": "…"}
    token = db.auth(accounts.sign_up(**person))
    assert db.auth(accounts.verify_email(token, password="…")) is not None
    names: dict[str, Any] = {}
    assert _run(_README, names, surroundings) >= 1
    names["db"].close()
    db.close()


@pytest.mark.newest
def test_the_types_of_all_pages(tmp_path: Path) -> None:
    """A page is one module, its lines where they are; mypy knows nothing of ours."""
    found = {}
    for name in site.pages():
        lines: list[str] = []
        for _, code in _blocks(ROOT / name, "python"):
            lines += code.splitlines()[len(lines) :]
        if lines:
            found[name] = tmp_path / f"{re.sub(r'[^a-z]', '_', name.lower())}.py"
            found[name].write_text("\n".join(lines) + "\n", "utf-8")
    assert {"README.md", "docs/models.md", "docs/runtime.md"} <= found.keys()
    mypy = [sys.executable, "-m", "mypy", "--strict", "--python-version=3.11"]
    cache = [f"--cache-dir={BUILD / 'mypy-typing'}", "--config-file="]
    done = subprocess.run(
        [*mypy, *cache, *map(str, found.values())],
        env={**os.environ, "MYPYPATH": str(GENERATED)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_error_is_on_the_page_with_its_status() -> None:
    text = _RUNTIME.read_text("utf-8")
    said: dict[str, int] = {}
    for names, status in re.findall(r"^\| (`.*?`) \| (\d+) \|", text, re.MULTILINE):
        said |= dict.fromkeys(re.findall(r"`(\w+)`", names), int(status))
    real = {
        name: kind.http_status
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, errors.TodoError)
    }
    real.pop("TodoError")
    assert said == real


def test_every_variable_is_read() -> None:
    from todo_db import settings

    named = set(re.findall(r"TODO_[A-Z_]+", _RUNTIME.read_text("utf-8")))
    known = set(re.findall(r"TODO_[A-Z_]+", settings.__doc__ or ""))
    assert named <= known
