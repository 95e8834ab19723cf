"""A deploy as docs/deploy.md has it: both versions of the app work all the time.

The migrations are the page's own. The second version's models are generated from the
database that they lead to.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.python.databases import as_app, copied
from tests.python.todo_db.sample import environment
from tools import migrate
from tools.codegen import build
from tools.codegen.output import write
from tools.postgres.server import Cluster
from tools.project import GENERATED, MIGRATIONS, ROOT

_PAGE = ROOT / "docs" / "deploy.md"
_EXPANDED = "0004"


class Process:
    """One process of the app, under load from its beginning to its end."""

    def __init__(self, models: Path, attribute: str, url: str) -> None:
        path = os.pathsep.join(map(str, (models, ROOT)))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.python.todo_db.rolling", attribute],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, **environment(as_app(url)), "PYTHONPATH": path},
        )

    def wait_until_ready(self) -> None:
        """Wait for its first answer."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line == "ready\n", self._process.communicate()[1]

    def refusal(self) -> str:
        """Return the last line of a process that does not start."""
        output, error = self._process.communicate(timeout=30)
        assert output == ""
        return error.strip().rpartition("\n")[2]

    def end(self) -> None:
        """End it, after the requests that it has begun; none may have failed."""
        output, error = self._process.communicate(timeout=30)
        found = json.loads(output or "{}")
        assert self._process.returncode == 0, error
        assert found["failures"] == []
        assert found["requests"] > 10

    def kill(self) -> None:
        """End what a failed test has left."""
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """The migrations, and after them those of the page."""
    found = shutil.copytree(MIGRATIONS, tmp_path / "migrations")
    text = _PAGE.read_text("utf-8")
    files = re.findall(r"^```sql\n-- (\w+)\.sql: (.*?)^```$", text, re.S | re.M)
    assert [name[:4] for name, _ in files] == ["0002", "0003", "0004", "0005"]
    for name, code in files:
        (found / f"{name}.sql").write_text(f"-- {code}")
        (found / f"{name}.rollback.sql").write_text("select 1;\n")
    return found


@pytest.fixture
def new_models(
    cluster: Cluster, template: str, directory: Path, tmp_path: Path
) -> Path:
    """The models of the second version."""
    with copied(cluster, template) as url:
        migrate.apply(url, directory=directory)
        write(build.render(url, build.OWN), tmp_path / "generated")
    return tmp_path / "generated"


@pytest.fixture
def processes() -> Iterator[ExitStack]:
    """Ends what is left at the end."""
    with ExitStack() as stack:
        yield stack


def test_no_request_fails(
    database: str, directory: Path, new_models: Path, processes: ExitStack
) -> None:
    def start(models: Path, attribute: str) -> Process:
        process = Process(models, attribute, database)
        processes.callback(process.kill)
        return process

    def ready(*started: Process) -> None:
        for process in started:
            process.wait_until_ready()

    old = [start(GENERATED, "description") for _ in range(2)]
    ready(*old)
    migrate.apply(database, directory=directory, until=_EXPANDED)
    restarted, new = start(GENERATED, "description"), start(new_models, "notes")
    ready(restarted, new)
    time.sleep(1)  # both versions
    for process in (*old, restarted):
        process.end()
    assert migrate.apply(database, directory=directory)
    time.sleep(0.5)
    new.end()
    late = start(GENERATED, "description").refusal()
    assert late.startswith("todo_db.errors.StartupError") and "description" in late
