"""What is in the trash stays out of sight until it is asked for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import delete, func, update
from sqlalchemy.orm import selectinload
from sqlmodel import col, select

from tests.python.databases import as_app, copied
from tests.python.security.people import ALICE
from tests.python.security.samples import of
from tests.python.todo_db.sample import MakeDatabase
from todo_db import Database, errors
from todo_models import Project, Task, functions
from tools.postgres.server import Cluster

HOME = of(ALICE, 1)
ALL = {"include_deleted": True}


@pytest.fixture
def db(make_db: MakeDatabase, cluster: Cluster, template: str) -> Iterator[Database]:
    with copied(cluster, template) as address:
        database = make_db(as_app(address))
        yield database
        database.close()  # before the database is dropped


def titles(rows: object) -> set[str]:
    return {row.title for row in rows}  # type: ignore[attr-defined]


def test_a_query_gives_what_is_live(db: Database) -> None:
    with db.session(ALICE) as session:
        live = session.exec(select(Task).where(Task.project_id == HOME)).all()
        assert titles(live) == {"Parent", "Child", "Grandchild"}
        every = select(Task).where(Task.project_id == HOME).execution_options(**ALL)
        assert titles(session.exec(every)) == titles(live) | {"Trashed"}
        count = select(func.count()).select_from(Task).where(Task.project_id == HOME)
        assert session.exec(count).one() == 3


def test_so_does_get(db: Database) -> None:
    with db.session(ALICE) as session:
        trashed = session.exec(
            select(Task).where(Task.title == "Trashed").execution_options(**ALL)
        ).one()
        key = (ALICE, trashed.id)
    with db.session(ALICE) as session:
        assert session.get(Task, key) is None
        found = session.get(Task, key, execution_options=ALL)
        assert found is not None and found.title == "Trashed"


def test_relationships_follow_the_query(db: Database) -> None:
    wanted = select(Project).where(Project.id == HOME)
    with db.session(ALICE) as session:
        lazy = session.exec(wanted).one().tasks
        assert titles(lazy) == {"Parent", "Child", "Grandchild"}
    with db.session(ALICE) as session:
        eager = wanted.options(selectinload(Project.tasks))
        assert titles(session.exec(eager).one().tasks) == titles(lazy)
    with db.session(ALICE) as session:
        every = session.exec(wanted.execution_options(**ALL)).one().tasks
        assert titles(every) == titles(lazy) | {"Trashed"}


def test_a_bulk_update_leaves_the_trash_alone(db: Database) -> None:
    change = update(Task).where(col(Task.project_id) == HOME).values(priority=2)
    with db.session(ALICE) as session:
        assert session.connection().engine  # begins
        live = session.execute(change)
        every = session.execute(change.execution_options(**ALL))
        assert (live.rowcount, every.rowcount) == (3, 4)  # type: ignore[attr-defined]


def test_a_row_that_is_held_is_read_again_in_the_trash(db: Database) -> None:
    with db.session(ALICE) as session:
        task = session.exec(select(Task).where(Task.title == "Parent")).one()
        assert functions.delete_task(session, task.id) == 3
        session.refresh(task)
        assert task.deleted_at is not None


def test_a_bulk_delete_reaches_the_trash(db: Database) -> None:
    with db.session(ALICE) as session:
        assert session.connection().engine  # begins
        gone = session.execute(delete(Task).where(col(Task.title) == "Trashed"))
        assert gone.rowcount == 1  # type: ignore[attr-defined]


def test_deleting_a_live_row_says_what_to_do(db: Database) -> None:
    with pytest.raises(errors.TodoError, match=r"app\.delete_task") as refused:
        with db.session(ALICE) as session:
            task = session.exec(select(Task).where(Task.title == "Grandchild")).one()
            session.delete(task)
    assert refused.value.constraint == "tasks_deleted_is_in_trash"
