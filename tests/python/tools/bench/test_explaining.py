"""`make explain` shows a plan as the app's role, and undoes what it did."""

from __future__ import annotations

import psycopg
import pytest

from tests.python.todo_db.sample import ALICE, environment, new_task
from todo_db import Database
from tools.bench import explaining
from tools.bench.__main__ import main
from tools.console import Failure


@pytest.fixture
def theirs(database: str, app_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database in which Alice has a task; the environment names it."""
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.setattr(explaining, "read_env", lambda _: environment(app_url))
    db = Database.from_env(environment(app_url))
    with db.session(ALICE) as session:
        session.add(new_task("Paint the fence"))
    db.close()
    return database


def test_the_plan_is_that_of_the_apps_role(
    theirs: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", "overdue", "--user", str(ALICE)]) == 0
    said = capsys.readouterr().out
    assert "from app.tasks" in said
    assert "One-Time Filter" in said and "current_user_id" in said
    assert "Buffers:" in said and "Execution Time" in said


def test_a_write_is_undone(theirs: str) -> None:
    assert main(["explain", "create", "--user", str(ALICE)]) == 0
    with psycopg.connect(theirs) as connection:
        row = connection.execute(
            "select count(*) from app.tasks where title = 'Call the plumber'"
        ).fetchone()
    assert row == (0,)


def test_what_is_not_there_is_said(theirs: str) -> None:
    with pytest.raises(Failure, match="no query 'nonsense'"):
        main(["explain", "nonsense"])
    with pytest.raises(Failure, match="has no task"):
        main(["explain", "today", "--user", "00000000-0000-7000-8000-000000000000"])
