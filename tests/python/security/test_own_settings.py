"""What the login sets for itself by `alter role` is noticed, with the way back."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

import psycopg
import pytest

from tests.python.databases import as_app
from tests.python.todo_db.sample import environment
from todo_db import Database, _startup
from tools.project import ROOT


@pytest.fixture
def attacked(database: str) -> Iterator[str]:
    """The app's address of a database in which the login has changed its settings."""
    name = psycopg.conninfo.conninfo_to_dict(database)["dbname"]
    with psycopg.connect(as_app(database), autocommit=True) as attacker:
        attacker.execute(
            f"alter role todo_app in database {name} set jit = on".encode()
        )
    yield as_app(database)


def test_nothing_is_said_without_a_reason(app_url: str) -> None:
    health = Database.from_env(environment(app_url)).ready()
    assert health.ok
    assert health.warnings == ()


def test_ready_names_it_and_the_way_back(attacked: str, database: str) -> None:
    db = Database.from_env(environment(attacked))
    health = db.ready()
    assert health.ok
    (warning,) = health.warnings
    assert warning.startswith("jit is not what sql/roles.sql says for todo_app")
    undo = re.search("`(.*)`", warning)
    assert undo is not None
    with psycopg.connect(database, autocommit=True) as admin:
        admin.execute(undo[1].encode())
    assert db.ready().warnings == ()


def test_a_start_writes_it_into_the_log(
    attacked: str, caplog: pytest.LogCaptureFixture
) -> None:
    db = Database.from_env(environment(attacked))
    with caplog.at_level(logging.WARNING, "todo_db"), db.engine.connect():
        pass
    db.close()
    assert "jit is not what sql/roles.sql says" in caplog.text


def test_what_is_expected_is_what_sql_says() -> None:

    text = (ROOT / "sql" / "roles.sql").read_text()
    said = re.findall(r"alter role todo_app set (\w+) = '(\w+)';", text)
    assert dict(said) == _startup._GIVEN
