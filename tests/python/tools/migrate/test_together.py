"""Eight `make migrate` at once in a place where nothing is yet.

`make test` plays it twice. The long form is
`TODO_TEST_ROUNDS=20 pytest tests/python/tools/migrate/test_together.py`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.python.tools import checkouts
from tests.python.tools.checkouts import Checkout
from tools.credentials import address, keys, read_env
from tools.project import MIGRATIONS, SQL

ROUNDS = int(os.environ.get("TODO_TEST_ROUNDS", "2"))
EIGHT = 8


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Checkout]:
    """A checkout without a server, without a database, without `.env`."""
    checkout = checkouts.make(tmp_path / "checkout")
    root = checkout.root
    tools = Path(checkouts.__file__).parents[3] / "tools"
    shutil.rmtree(root / "tools")
    shutil.copytree(tools, root / "tools", ignore=shutil.ignore_patterns("__pyc*"))
    for source in (SQL, MIGRATIONS):
        shutil.copytree(source, root / source.name)
    yield checkout
    checkout.server("remove")


@pytest.mark.parametrize("number", range(ROUNDS))
def test_all_succeed_and_agree(place: Checkout, number: int) -> None:
    runs = [_begin(place) for _ in range(EIGHT)]
    said = [run.communicate(timeout=300)[0] for run in runs]
    assert [run.returncode for run in runs] == [0] * EIGHT, "\n".join(said)
    assert sum("set the password" in text for text in said) == 1
    assert sum("made signing key" in text for text in said) == 1

    env = read_env(place.root / ".env")
    assert address.ask(env["TODO_DATABASE_URL"]).user == "todo_app"
    url = place.server("url").stdout.strip()
    with psycopg.connect(url) as connection:
        assert [key.number for key in keys.live(connection)] == [1]
        assert keys.is_live(connection, env["TODO_SIGNING_KEY"])
        recorded = connection.execute(
            "select migration_id from todo_migrations.files order by 1"
        ).fetchall()
    files = sorted(MIGRATIONS.glob("[0-9]*.sql"))
    ids = [file.stem for file in files if not file.stem.endswith(".rollback")]
    assert [id for (id,) in recorded] == ids
    assert not list(place.root.glob(".env.*"))


def _begin(place: Checkout) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tools.migrate"],
        cwd=place.root,
        env=place.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
