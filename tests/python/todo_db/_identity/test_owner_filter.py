"""The predicate stands in whatever the ORM sends."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, event, update
from sqlalchemy.orm import aliased, joinedload, selectinload
from sqlmodel import select

from tests.python.todo_db.sample import ALICE, BOB, new_project, new_task
from todo_db import Database
from todo_models import Project, Task, User


class _Log:
    """The statements that an engine sends, with the values of the predicate."""

    def __init__(self, db: Database) -> None:
        self.statements: list[str] = []
        self.owners: set[object] = set()
        event.listen(db.engine, "before_cursor_execute", self._note)

    def _note(self, *arguments: object) -> None:
        self.statements.append(str(arguments[2]))
        values = arguments[3]
        if isinstance(values, dict) and "todo_db_owner" in values:
            self.owners.add(values["todo_db_owner"])

    def covered(self, table: str) -> list[str]:
        """Return the statements on *table*, all of which have the predicate."""
        column = "id" if table == "users" else "user_id"
        found = [each for each in self.statements if f"app.{table}" in each]
        for each in found:
            assert f"{column} = %(todo_db_owner)s" in each, each
        return found


@pytest.fixture
def log(db: Database) -> _Log:
    """A log of the statements, with a project and a task to ask for."""
    with db.session(ALICE) as session:
        project = new_project("Kitchen")
        session.add(project)
        session.flush()
        session.add(new_task("Tiles", project_id=project.id))
    return _Log(db)


def test_selects(db: Database, log: _Log) -> None:
    other = aliased(Task)
    with db.session(ALICE) as session:
        session.exec(select(Task)).all()
        session.exec(select(other.title)).all()
        session.exec(select(User)).one()
        session.exec(select(Task).where(Task.id.in_(select(Project.id)))).all()
    assert len(log.covered("tasks")) == 3
    assert len(log.covered("users")) == 1
    assert log.owners == {ALICE}


def test_joins_name_both_tables(db: Database, log: _Log) -> None:
    with db.session(ALICE) as session:
        session.exec(select(Task.title, Project.name).join(Task.project)).all()
    (statement,) = log.covered("tasks")
    assert statement.count("user_id = %(todo_db_owner)s") == 2


@pytest.mark.parametrize("how", [joinedload, selectinload])
def test_eager_loads(db: Database, log: _Log, how: Callable[..., Any]) -> None:
    with db.session(ALICE) as session:
        found = session.exec(select(Project).options(how(Project.tasks))).unique().all()
        assert any(project.tasks for project in found)
    for table in ("tasks", "projects"):
        assert log.covered(table)
    names = {"joinedload": 1, "selectinload": 2}
    assert len(log.statements) == names[how.__name__]


def test_lazy_loads(db: Database, log: _Log) -> None:
    with db.session(ALICE) as session:
        kitchens = select(Project).where(Project.name == "Kitchen")
        project = session.exec(kitchens).first()  # others may be empty
        assert project is not None
        assert project.tasks
        fresh = new_task("fresh", project_id=project.id)
        session.add(fresh)
        session.flush()
        session.expunge(project)
        assert fresh.project is not None
    assert len(log.covered("projects")) == 2
    queries = [each for each in log.statements if "INSERT" not in each]
    assert {each.count("%(todo_db_owner)s") for each in queries} == {1}


def test_bulk_writes(db: Database, log: _Log) -> None:
    with db.session(ALICE) as session:
        session.exec(update(Task).values(priority=2))
        session.exec(delete(Task).where(Task.priority == 3))
    assert len(log.covered("tasks")) == 2


def test_each_user_is_told_apart_in_a_cached_statement(db: Database, log: _Log) -> None:
    for user in (ALICE, BOB, ALICE):
        with db.session(user) as session:
            session.exec(select(Task)).all()
    assert log.owners == {ALICE, BOB}
    assert len(set(log.statements)) == 1


def test_loaded_objects_can_be_pickled(db: Database, log: _Log) -> None:
    with db.session(ALICE) as session:
        task = session.exec(select(Task).options(selectinload(Task.project))).first()
    again = pickle.loads(pickle.dumps(task))  # noqa: S301
    assert again == task
