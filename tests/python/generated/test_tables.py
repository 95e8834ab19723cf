"""Table classes against the migrated database, as the application's role."""

from __future__ import annotations

import warnings
from typing import Any, TypeGuard
from uuid import UUID

import pytest
from sqlalchemy import func, inspect, text, update
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import configure_mappers, selectinload
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import Session, select

from tests.python.security.people import ALICE
from todo_models import (
    Project,
    Tag,
    Task,
    TaskStatus,
    TaskTag,
    Theme,
    User,
    UserPreferences,
    tables,
)
from todo_models._rows import Row


def is_table(value: object) -> TypeGuard[type[Row]]:
    """Whether *value* is a table's class."""
    return isinstance(value, type) and issubclass(value, Row) and value is not Row


TABLES = [value for value in vars(tables).values() if is_table(value)]
HOME = UUID("a0000000-0000-7000-8000-100000000000")
PARENT = UUID("a0000000-0000-7000-8000-300000000000")
CHILD = UUID("a0000000-0000-7000-8000-400000000000")
GRANDCHILD = UUID("a0000000-0000-7000-8000-500000000000")


def task(title: str = "Buy milk") -> Task:
    return Task(user_id=ALICE, project_id=HOME, title=title)


def test_mappers_configure_without_a_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        configure_mappers()


def test_every_relationship_is_typed_both_ways() -> None:
    for table in TABLES:
        for one in inspect(table).relationships:
            back = one.back_populates
            assert back, f"{table.__name__}.{one.key} has no way back"
            assert inspect(one.entity.class_).relationships[back].entity.class_ is table


def test_no_relationship_writes_the_space_except_of_a_new_link() -> None:
    for table in TABLES:
        for one in inspect(table).relationships:
            pairs = one.synchronize_pairs
            if not one.viewonly and one.secondary is None:
                assert [column.name for _, column in pairs] != []
                assert "user_id" not in {column.name for _, column in pairs}


def test_names_say_what_they_mean() -> None:
    names = {
        table.__name__: {one.key for one in inspect(table).relationships}
        for table in TABLES
    }
    expected = {
        "Project": ["tasks", "user"],
        "Tag": ["task_tags", "tasks", "user"],
        "Task": ["parent", "project", "subtasks", "tags", "task_tags", "user"],
        "TaskTag": ["tag", "task", "user"],
        "User": ["preferences", "projects", "tags", "task_tags", "tasks"],
        "UserPreferences": ["user"],
    }
    for table, wanted in expected.items():
        assert names[table] >= set(wanted)
    assert not any(name.endswith("_") for found in names.values() for name in found)


def test_secrets_are_not_mapped() -> None:
    assert "password_hash" not in inspect(User).columns
    assert not any("app_auth" in name for name in User.metadata.tables)


def test_insert_leaves_out_what_the_database_sets_and_reads_it_back(
    alice: Session, statements: list[str]
) -> None:
    row = task()
    alice.add(row)
    alice.flush()
    assert len(statements) == 1
    columns = statements[0].partition("VALUES")[0]
    for name in (
        "completed",
        "due_at",
        "version",
        "created_at",
        "created_by",
        "status",
    ):
        assert f" {name}" not in columns
    assert row.id.version == 7
    assert row.status is TaskStatus.TODO
    assert (row.completed, row.version, row.priority) == (False, 1, 4)
    assert row.created_by == ALICE
    assert len(statements) == 1, "what the database set came back by RETURNING"


def test_update_names_only_what_changed_and_reads_triggers_back(
    alice: Session, statements: list[str]
) -> None:
    row = task()
    alice.add(row)
    alice.flush()
    statements.clear()
    row.status = TaskStatus.DONE
    alice.flush()
    assert row.completed and row.completed_at is not None
    assert row.version == 2
    assert len(statements) == 1
    assert statements[0].split("WHERE")[0].count("=") == 1


def test_a_lost_update_is_noticed(alice: Session) -> None:
    row = task()
    alice.add(row)
    alice.flush()
    alice.connection().execute(
        text("update app.tasks set title = 'theirs' where id = :id"), {"id": row.id}
    )
    row.title = "mine"
    with pytest.raises(StaleDataError):
        alice.flush()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("completed", True),
        ("due_at", None),
        ("version", 7),
        ("user_id", UUID(int=0)),
        ("id", UUID(int=0)),
        ("created_by", UUID(int=0)),
        ("completed_at", None),
    ],
)
def test_what_the_database_keeps_cannot_be_assigned(
    alice: Session, statements: list[str], name: str, value: object
) -> None:
    row = alice.exec(select(Task).where(Task.id == PARENT)).one()
    row.status = TaskStatus.DONE
    alice.flush()
    statements.clear()
    with pytest.raises(AttributeError, match=f"Task.{name} cannot be set"):
        setattr(row, name, value)
    alice.flush()
    assert statements == []


@pytest.mark.parametrize("name", ["completed", "created_by", "deleted_at", "version"])
def test_what_cannot_be_inserted_cannot_be_given(name: str) -> None:
    given: dict[str, Any] = {"user_id": ALICE, "project_id": HOME, "title": "x"}
    with pytest.raises(AttributeError, match=f"Task.{name} cannot be set"):
        Task(**(given | {name: 1}))


def test_people_cannot_be_made(alice: Session) -> None:
    alice.add(User())
    with pytest.raises(ProgrammingError, match="permission denied"):
        alice.flush()


def test_relationships_read_and_write_both_ways(alice: Session) -> None:
    row = task()
    alice.add(row)
    alice.flush()
    assert row.project.name == "Home"
    assert row.user.first_name == "Alice"
    child = alice.exec(select(Task).where(Task.id == CHILD)).one()
    parent = child.parent
    assert parent is not None and parent.id == PARENT and child in parent.subtasks
    leaf = alice.exec(select(Task).where(Task.id == GRANDCHILD)).one()
    leaf.parent = None
    alice.flush()
    assert (leaf.parent_id, leaf.user_id) == (None, ALICE)
    parent.subtasks.append(row)
    alice.flush()
    alice.refresh(row)
    assert (row.parent_id, row.project_id) == (PARENT, HOME)


def test_moving_to_a_project_writes_that_column_alone(
    alice: Session, statements: list[str]
) -> None:
    row, garden = task(), Project(user_id=ALICE, name="Garden")
    alice.add_all([row, garden])
    alice.flush()
    statements.clear()
    row.project = garden
    alice.flush()
    assert row.project_id == garden.id
    assert "SET project_id=" in statements[0]
    assert row in garden.tasks


def test_tags_go_on_and_off_a_task(alice: Session) -> None:
    row, tag = task(), Tag(user_id=ALICE, name="weekend")
    row.tags.append(tag)
    alice.add(row)
    alice.flush()
    link = alice.exec(select(TaskTag).where(TaskTag.task_id == row.id)).one()
    assert (link.user_id, link.tag_id) == (ALICE, tag.id)
    assert link.tag is tag and link.task is row
    assert [found.id for found in tag.tasks] == [row.id]
    row.tags.remove(tag)
    alice.flush()
    assert not alice.exec(select(TaskTag).where(TaskTag.task_id == row.id)).all()


def test_a_parent_that_is_loaded_costs_no_query(
    alice: Session, statements: list[str]
) -> None:
    home = alice.exec(select(Project).where(Project.id == HOME)).one()
    child = alice.exec(select(Task).where(Task.id == CHILD)).one()
    statements.clear()
    assert child.project is home
    assert statements == []


def test_eager_loading_takes_one_query_more(
    alice: Session, statements: list[str]
) -> None:
    query = select(Task).options(selectinload(Task.subtasks), selectinload(Task.tags))
    rows = alice.exec(query).all()
    assert len(statements) == 3
    assert any(row.subtasks for row in rows)
    assert len(statements) == 3


def test_deleting_leaves_the_rest_to_the_foreign_key(
    alice: Session, statements: list[str]
) -> None:
    alice.connection().execute(update(Task).values(deleted_at=func.now()))
    row = alice.exec(select(Task).where(Task.id == PARENT)).one()
    assert row.subtasks
    statements.clear()
    alice.delete(row)
    alice.flush()
    assert [statement.split()[0] for statement in statements] == ["DELETE"]


def test_closed_sets_come_back_as_members(alice: Session) -> None:
    preferences = alice.exec(select(UserPreferences)).one()
    assert preferences.theme is Theme.SYSTEM
    assert alice.exec(select(Task).where(Task.status == "todo")).first() is not None
    with pytest.raises(ValueError, match="nonsense"):
        Task.status.type.process_bind_param("nonsense", None)


def test_columns_and_tables_keep_their_comments() -> None:
    table = Task.metadata.tables["app.tasks"]
    assert table.comment == (
        "Something to do, in one project of one person's space, perhaps below another "
        "task."
    )
    assert table.c.title.comment == "What is to be done, in one line."
    assert Task.model_fields["title"].description == table.c.title.comment
