"""Databases that were there before: adopted when equal, refused by name when not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.python.tools.migrate.folder import Base, Folder
from tools.console import Failure
from tools.migrate import accept, baseline

TABLE = "create schema app; create table app.t (id int primary key, v text)"


@pytest.fixture
def history(folder: Folder) -> Folder:
    """Two migrations."""
    folder.add("0001_add_t", TABLE, "drop schema app cascade;")
    folder.add("0002_add_u", "create table app.u (id int)", "drop table app.u;")
    return folder


def test_an_equal_database_is_adopted_and_nothing_is_run(
    base: Base, history: Folder
) -> None:
    base.run(f"{TABLE}; create table app.u (id int); insert into app.t values (1)")
    with pytest.raises(Failure, match="already has a schema app"):
        base.apply(history)
    ids = baseline.adopt(base.url, until=None, directory=history.path)
    assert ids == ["0001_add_t", "0002_add_u"]
    assert base.value("select count(*) from app.t") == 1
    assert base.apply(history) == []
    log = base.column("select comment from todo_migrations._yoyo_log")
    assert log == ["baseline", "baseline"]
    assert base.rollback(history) == ["0002_add_u"]


def test_a_part_is_adopted_and_the_rest_applied(base: Base, history: Folder) -> None:
    base.run(TABLE)
    assert baseline.adopt(base.url, until="0001", directory=history.path)
    assert base.apply(history) == ["0002_add_u"]


def test_a_database_that_differs_is_refused_in_words(
    base: Base, history: Folder
) -> None:
    base.run(f"{TABLE}; create table app.u (id bigint)")
    with pytest.raises(Failure) as caught:
        baseline.adopt(base.url, until=None, directory=history.path)
    assert "is not what the migrations give, 1 differences" in caught.value.what
    assert "column id: type differs" in caught.value.what
    assert base.value("select to_regnamespace('todo_migrations') is null")


def test_a_record_is_not_made_twice(base: Base, history: Folder) -> None:
    base.apply(history)
    with pytest.raises(Failure, match="a record of all 2 migrations already"):
        baseline.adopt(base.url, until=None, directory=history.path)


def test_what_plain_yoyo_applied_is_adopted(base: Base, history: Folder) -> None:
    base.run("create schema todo_migrations")
    url = base.url.replace("postgresql://", "postgresql+psycopg://", 1)
    program = str(Path(sys.executable).with_name("yoyo"))
    subprocess.run(
        [
            program,
            "apply",
            "--batch",
            "--database",
            f"{url}&schema=todo_migrations",
            str(history.path),
        ],
        check=True,
        capture_output=True,
    )
    with pytest.raises(Failure, match="without the checksums"):
        base.apply(history)
    assert baseline.adopt(base.url, until=None, directory=history.path)
    assert base.marks() == ["0001_add_t", "0002_add_u"]
    assert base.apply(history) == []


def test_a_comment_and_a_rollback_may_be_mended(base: Base, history: Folder) -> None:
    base.apply(history)
    history.edit("0001_add_t.sql", "create schema", "-- why\ncreate  schema")
    history.edit("0001_add_t.rollback.sql", "drop", "drop table app.t; drop")
    with pytest.raises(Failure, match="was edited"):
        base.apply(history)
    id = accept.accept(base.url, "0001", "say why", history.path)
    assert id == "0001_add_t"
    assert base.apply(history) == []
    row = base.session.execute(
        "select operation, comment from todo_migrations._yoyo_log"
        " where comment is not null"
    ).fetchall()
    assert row == [("mark", "accepted: say why")]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("v text", "v varchar", "does something else"),
        ("v text)", "v text); select 1", "holds 3 statements, and 2 were applied"),
    ],
)
def test_a_statement_is_history(
    base: Base, history: Folder, old: str, new: str, said: str
) -> None:
    base.apply(history)
    history.edit("0001_add_t.sql", old, new)
    with pytest.raises(Failure, match=said):
        accept.accept(base.url, "0001", "because", history.path)


def test_what_is_not_applied_is_not_accepted(base: Base, history: Folder) -> None:
    from tools import migrate

    migrate.apply(base.url, until="0001", directory=history.path)
    with pytest.raises(Failure, match="0002_add_u has not been applied"):
        accept.accept(base.url, "0002", "because", history.path)
