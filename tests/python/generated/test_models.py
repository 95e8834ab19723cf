"""Inputs and outputs against the migrated database, as the application's role."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import BaseModel, ValidationError
from sqlalchemy import inspect
from sqlmodel import Session

from tests.python.security.people import ALICE, BOB
from todo_models import (
    ProjectCreate,
    ProjectPublic,
    RuleError,
    Task,
    TaskCreate,
    TaskPublic,
    TaskStatus,
    TaskUpdate,
    UserPublic,
    models,
    tables,
)
from todo_models._models import Create, Update
from todo_models._rows import Row
from tools.project import GENERATED

HOME = UUID("a0000000-0000-7000-8000-100000000000")
TABLES: list[type[Row]] = [
    value
    for value in vars(tables).values()
    if isinstance(value, type) and issubclass(value, Row) and value is not Row
]


def made(**given: Any) -> TaskCreate:
    return TaskCreate.model_validate({"project_id": HOME, "title": "Buy milk", **given})


@pytest.fixture
def task(alice: Session) -> Task:
    row = made(due_date="2030-05-01").to_row(user_id=ALICE)
    alice.add(row)
    alice.flush()
    return row


@pytest.mark.parametrize("table", TABLES)
def test_fields_follow_the_privileges(alice: Session, table: type[Row]) -> None:
    """What may be sent is what may be written, except for the space."""
    name = str(table.__tablename__)
    for kind, privilege in (("Create", "INSERT"), ("Update", "UPDATE")):
        rows = alice.connection().exec_driver_sql(
            "select attname from pg_attribute join pg_class as c on c.oid = attrelid"
            " where relnamespace = 'app_data'::regnamespace and relname = %s"
            " and attnum > 0"
            " and has_column_privilege('todo_user', attrelid, attnum, %s)",
            (name, privilege),
        )
        allowed = {row[0] for row in rows} - {"user_id"}  # the space
        model = getattr(models, f"{table.__name__}{kind}", None)
        assert (set(model.model_fields) if model else set()) == allowed


@pytest.mark.parametrize("table", TABLES)
def test_what_is_shown_is_what_may_be_read(table: type[Row]) -> None:
    public = getattr(models, f"{table.__name__}Public")
    assert set(public.model_fields) == {c.key for c in inspect(table).columns}


def test_a_row_is_made_and_shown(alice: Session, task: Task) -> None:
    shown = TaskPublic.model_validate(task)
    assert (shown.title, shown.status) == ("Buy milk", TaskStatus.TODO)
    assert shown.due_date == dt.date(2030, 5, 1)
    assert json.loads(shown.model_dump_json())["id"] == str(task.id)


def test_only_what_was_given_is_inserted(alice: Session, statements: list[str]) -> None:
    alice.add(made().to_row(user_id=ALICE))
    alice.flush()
    columns = statements[0].partition("(")[2].partition(")")[0]
    assert "status" not in columns and "position" not in columns


@pytest.mark.parametrize(
    "field", ["user_id", "version", "created_at", "completed", "created_by", "nonsense"]
)
def test_what_is_not_the_client_s_is_refused(field: str) -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        made(**{field: 1})


def test_what_was_left_out_is_not_there() -> None:
    body = made()
    assert not hasattr(body, "id")
    assert "id" not in body.model_dump() and "position" not in body.model_dump()
    assert body.status is TaskStatus.TODO, "a constant default is known"
    assert body.given() == {"project_id": HOME, "title": "Buy milk"}
    assert TaskUpdate().model_dump() == {}
    with pytest.raises(ValidationError, match="frozen"):
        body.title = "Buy bread"  # type: ignore[misc]


def test_a_change_sets_only_what_was_given(
    alice: Session, statements: list[str], task: Task
) -> None:
    statements.clear()
    TaskUpdate.model_validate({"title": "Buy bread", "due_date": None}).apply(task)
    alice.flush()
    assert (task.title, task.due_date, task.priority) == ("Buy bread", None, 4)
    assert "description" not in statements[0].partition("RETURNING")[0]


def test_a_change_may_not_empty_what_is_never_null() -> None:
    for field in ("title", "status", "priority", "project_id", "position"):
        with pytest.raises(ValidationError):
            TaskUpdate.model_validate({field: None})


def test_a_rule_is_checked_with_what_the_row_has(alice: Session, task: Task) -> None:
    with pytest.raises(RuleError, match="start") as broken:
        TaskUpdate(start_date=dt.date(2031, 1, 1), title="Later").apply(task)
    assert broken.value.constraint == "tasks_due_date_is_not_before_start"
    assert task.title == "Buy milk", "nothing was set"
    TaskUpdate(start_date=dt.date(2030, 1, 1)).apply(task)
    alice.flush()


def test_a_rule_about_the_space_is_checked_when_the_row_is_made() -> None:
    body = made(assignee_id=BOB)
    with pytest.raises(RuleError, match="tasks_assignee_is_in_space"):
        body.to_row(user_id=ALICE)
    assert made(assignee_id=ALICE).to_row(user_id=ALICE).assignee_id == ALICE


def test_rules_between_fields_are_validated() -> None:
    with pytest.raises(ValidationError, match="tasks_due_time_has_date"):
        made(due_time="12:00")
    made(due_time="12:00", due_date="2030-01-01")


def test_nothing_secret_is_shown() -> None:
    assert "password_hash" not in UserPublic.model_fields
    for value in vars(models).values():
        if isinstance(value, type) and issubclass(value, BaseModel):
            assert not any("hash" in name for name in value.model_fields)


def test_docstrings_and_descriptions_come_from_comments() -> None:
    assert (ProjectPublic.__doc__ or "").startswith("A list of tasks.")
    schema = ProjectCreate.model_json_schema()
    assert schema["properties"]["colour"]["description"].startswith("Colour as #rrggbb")
    assert schema["properties"]["colour"]["pattern"] == "^#[0-9a-f]{6}$"
    assert schema["properties"]["colour"]["default"] == "#808080"
    assert schema["required"] == ["name"]
    assert schema["additionalProperties"] is False


def test_the_schema_files_are_the_models_own() -> None:
    files = {path.name for path in (GENERATED / "json_schema").iterdir()}
    own = {
        name: value
        for name, value in vars(models).items()
        if isinstance(value, type)
        and issubclass(value, BaseModel)
        and value.__module__ == models.__name__
    }
    assert files == {f"{name}.schema.json" for name in own}
    for name, model in own.items():
        text = (GENERATED / "json_schema" / f"{name}.schema.json").read_text("utf-8")
        mode: Any = "serialization" if name.endswith("Public") else "validation"
        stored = json.loads(text)
        del stored["$schema"], stored["$comment"]
        assert stored == model.model_json_schema(mode=mode)


def test_the_database_alone_enforces_no_more_than_this() -> None:
    """The list may only become shorter."""
    alone = sorted(
        f"{value.__name__}: {line.strip()[2:].partition(':')[0]}"
        for value in vars(models).values()
        if isinstance(value, type) and issubclass(value, Create | Update)
        for line in (value.__doc__ or "").splitlines()
        if line.strip().startswith("- ")
    )
    assert alone == [
        "ProjectUpdate: projects_deletion_is_dated",
        "ProjectUpdate: projects_inbox_stays",
        "TaskCreate: tasks_done_is_dated",
        "TaskCreate: tasks_due_tz_is_known",
        "TaskUpdate: tasks_deletion_is_dated",
        "TaskUpdate: tasks_done_is_dated",
        "TaskUpdate: tasks_due_tz_is_known",
        "UserUpdate: users_time_zone_is_known",
    ]


def test_ids_of_the_client_are_kept(alice: Session) -> None:
    chosen = uuid4()
    row = made(id=chosen).to_row(user_id=ALICE)
    alice.add(row)
    alice.flush()
    assert row.id == chosen
