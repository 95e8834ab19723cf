"""examples/terminal as it is used, and as a strict reader of types sees it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from tests.python.databases import as_app
from tests.python.todo_db.sample import environment
from tests.python.typing.test_typing import mypy, pyright
from tools.project import ROOT

APP = ROOT / "examples" / "terminal" / "todo.py"
_PASSWORD = "correct horse battery"
# getpass asks a terminal, which a test has not.
_TYPED = (
    "import getpass, runpy, sys;"
    f"getpass.getpass = lambda *_: {_PASSWORD!r};"
    "sys.argv = sys.argv[1:];"
    "runpy.run_path(sys.argv[0], run_name='__main__')"
)


@pytest.mark.newest
def test_it_is_short_and_its_types_hold(tmp_path: Path) -> None:
    assert len(APP.read_text("utf-8").splitlines()) <= 150
    assert mypy(APP) == (0, "")
    copy = tmp_path / "todo.py"
    copy.write_text(APP.read_text("utf-8"), "utf-8")
    assert pyright(tmp_path, copy) == []


class Terminal:
    """Somebody's terminal."""

    def __init__(self, url: str, kept: Path) -> None:
        hidden = {k: v for k, v in os.environ.items() if not k.startswith("TODO_")}
        told = environment(as_app(url))
        self.environment = {**hidden, **told, "TODO_LOGIN_FILE": str(kept)}

    def __call__(self, *words: str, status: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-c", _TYPED, str(APP), *words],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == status, done.stderr
        return done.stdout + done.stderr


@pytest.fixture
def ada(database: str, tmp_path: Path) -> Terminal:
    terminal = Terminal(database, tmp_path / "ada")
    terminal("sign-up", "ada@example.org")
    terminal("log-in", "ada@example.org")
    return terminal


def test_a_day(ada: Terminal) -> None:
    ada("add", "Paint the fence", "--due", "2030-05-01")
    (line,) = ada("show").splitlines()
    task = line.split()[0]
    assert line.endswith("Paint the fence  due 2030-05-01") and UUID(task)
    ada("change", task, "--title", "Paint the fence green")
    ada("done", task)
    assert ada("show") == ""
    assert "green" in ada("show", "--done")
    assert "1 in the trash" in ada("delete", task)
    assert ada("show", "--done") == ""
    assert "1 restored" in ada("restore", task)
    assert "green" in ada("show", "--done")


def test_what_is_refused_is_a_sentence(ada: Terminal, tmp_path: Path) -> None:
    assert "there is no such task" in ada("done", str(uuid4()), status=1)
    for words in (("add", " "), ("delete", str(uuid4()))):
        said = ada(*words, status=1)
        assert said and "Traceback" not in said
    (tmp_path / "ada").write_text("nonsense")
    assert "log in first" in ada("show", status=1)
