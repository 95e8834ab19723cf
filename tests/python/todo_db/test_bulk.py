"""What an API does all day, with the statements counted."""

from __future__ import annotations

import gc
import tracemalloc
from datetime import date, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event
from sqlalchemy.orm import joinedload
from sqlmodel import func, select

from tests.python.todo_db.sample import ALICE, new_project, new_task
from todo_db import Database, MisuseError, errors
from todo_db.bulk import create_many, patch_many
from todo_models import (
    Project,
    Tag,
    Task,
    TaskCreate,
    TaskTag,
    TaskUpdate,
    functions_async,
)


class _Statements:
    """The statements that an engine sends."""

    def __init__(self, db: Database) -> None:
        self.seen: list[str] = []
        event.listen(db.engine, "before_cursor_execute", self._note)

    def _note(self, *arguments: Any) -> None:
        self.seen.append(str(arguments[2]))


@pytest.fixture
def project(db: Database) -> Project:
    """An empty project."""
    project = new_project(f"patterns {uuid4()}")
    with db.session(ALICE) as session:
        session.add(project)
    return project


def test_rows_are_created_in_one_statement(db: Database, project: Project) -> None:
    log = _Statements(db)
    rows = [{"title": f"box {n}", "project_id": project.id} for n in range(300)]
    with db.session(ALICE) as session:
        made = create_many(session, Task, rows)
        assert [task.title for task in made] == [row["title"] for row in rows]
        assert {task.version for task in made} == {1}
    assert len(log.seen) == 1


def test_rows_are_patched_in_one_statement(db: Database, project: Project) -> None:
    with db.session(ALICE) as session:
        rows = [{"title": f"{n}", "project_id": project.id} for n in range(50)]
        made = create_many(session, Task, rows)
    log = _Statements(db)
    with db.session(ALICE) as session:
        patches = [
            {"id": task.id, "version": 1, "title": f"new {task.title}", "priority": 2}
            for task in reversed(made)
        ]
        changed = patch_many(session, Task, patches)
        assert [task.title for task in changed] == [p["title"] for p in patches]
        assert {(task.version, task.priority) for task in changed} == {(2, 2)}
    assert len(log.seen) == 1


def test_a_stale_patch_changes_nothing(db: Database, project: Project) -> None:
    with db.session(ALICE) as session:
        rows = [{"title": f"{n}", "project_id": project.id} for n in range(2)]
        first, second = create_many(session, Task, rows)
    patches = [
        {"id": first.id, "version": 1, "title": "x"},
        {"id": second.id, "version": 9, "title": "x"},
    ]
    with pytest.raises(errors.StaleVersion, match="1 of 2") as caught:
        with db.session(ALICE) as session:
            patch_many(session, Task, patches)
    assert caught.value.rows == (errors.StaleRow("tasks", second.id, 1, None),)
    with pytest.raises(errors.NotFound), db.session(ALICE) as session:
        patch_many(session, Task, [{"id": uuid4(), "title": "x"}])
    with db.session(ALICE) as session:
        titles = select(Task.title).where(Task.project_id == project.id)
        assert sorted(session.exec(titles)) == ["0", "1"]


def test_a_batch_is_of_one_kind(db: Database, project: Project) -> None:
    with db.session(ALICE) as session:
        assert create_many(session, Task, []) == []
        assert patch_many(session, Task, []) == []
        with pytest.raises(MisuseError, match="1000 rows at most"):
            create_many(session, Task, [{"title": "a"}] * 1001)
        for patches in ([{"title": "a"}], [{"id": ALICE, "title": "a"}] * 2):
            with pytest.raises(MisuseError, match="an id of its own"):
                patch_many(session, Task, patches)
        typo = {"id": uuid4(), "titel": "b"}
        with pytest.raises(MisuseError, match="row 1 of Task: there is no column 'tit"):
            create_many(session, Task, [{"title": "a"}, typo])
        with pytest.raises(MisuseError, match="row 0 of Task: there is no column 'tit"):
            patch_many(session, Task, [typo])
        with pytest.raises(MisuseError, match="the database keeps 'completed'"):
            create_many(session, Task, [{"title": "a", "completed": True}])
        with pytest.raises(MisuseError, match="the database keeps 'created_by'"):
            patch_many(session, Task, [{"id": uuid4(), "created_by": ALICE}])


def test_models_of_input_are_taken(db: Database, project: Project) -> None:
    """Rows that give the same columns go in one statement."""
    log = _Statements(db)
    with db.session(ALICE) as session:
        made = create_many(
            session,
            Task,
            [
                TaskCreate(project_id=project.id, title="first"),
                TaskCreate(project_id=project.id, title="second", priority=1),
                TaskCreate(project_id=project.id, title="third"),
            ],
        )
    assert [(t.title, t.priority) for t in made] == [
        ("first", 4),
        ("second", 1),
        ("third", 4),
    ]
    assert len(log.seen) == 2
    with db.session(ALICE) as session:
        changed = patch_many(
            session,
            Task,
            [(made[2], TaskUpdate(title="3")), (made[0].id, TaskUpdate(priority=2))],
        )
    assert [(t.title, t.priority, t.version) for t in changed] == [
        ("3", 4, 2),
        ("first", 2, 2),
    ]
    with pytest.raises(errors.StaleVersion) as caught:
        with db.session(ALICE) as session:
            patch_many(session, Task, [(made[2], TaskUpdate(title="late"))])
    assert caught.value.row == 0 and caught.value.rows[0].version == 2


def _bad_rows(project: Project) -> list[tuple[type[Any], list[Any], str]]:
    good = {"project_id": project.id, "title": "good"}
    taken, day = uuid4(), date(2030, 1, 1)
    return [
        (Task, [good, {**good, "title": " "}], "tasks_title_is_not_blank"),
        (
            Task,
            [good, {**good, "due_date": day, "start_date": day + timedelta(1)}],
            "tasks_due_date_is_not_before_start",
        ),
        (Task, [good, {**good, "project_id": uuid4()}], "tasks_project_id_fkey"),
        (Task, [good, {**good, "due_time": time(9)}], "tasks_due_time_has_date"),
        (Task, [{**good, "id": taken}, {**good, "id": taken}], "tasks_pkey"),
        (Tag, [{"name": "blue"}, {"name": "BLUE"}], "tags_name_key_key"),
    ]


@pytest.mark.parametrize("number", range(6))
def test_the_row_that_failed_is_told(
    db: Database, project: Project, number: int
) -> None:
    model, rows, constraint = _bad_rows(project)[number]
    before = [{**rows[0], "id": uuid4()}] if constraint != "tags_name_key_key" else []
    with pytest.raises(errors.TodoError) as caught:
        with db.session(ALICE) as session:
            create_many(session, model, [*before, *rows])
    assert caught.value.constraint == constraint
    assert caught.value.row == len(before) + 1
    assert str(caught.value).startswith(f"row {len(before) + 1}: ")


def test_the_patch_that_failed_is_told(db: Database, project: Project) -> None:
    with db.session(ALICE) as session:
        dated = {"project_id": project.id, "title": "t", "due_date": date(2030, 1, 1)}
        made = create_many(session, Task, [dated, {**dated, "due_date": None}])
        session.add(Tag(name="stored"))
        other = Tag(name="other")
        session.add(other)
    # What is not given is as stored: only the second has no day for its time.
    patches = [{"id": task.id, "due_time": time(9)} for task in made]
    with pytest.raises(errors.RuleViolated) as caught:
        with db.session(ALICE) as session:
            patch_many(session, Task, patches)
    assert caught.value.row == 1
    with pytest.raises(errors.Conflict) as taken:
        with db.session(ALICE) as session:
            patch_many(session, Tag, [{"id": other.id, "name": "STORED"}])
    assert taken.value.row == 0


async def test_asyncio_tells_the_row(adb: Database, project: Project) -> None:
    rows = [{"title": title, "project_id": project.id} for title in ("a", "b", " ")]
    with pytest.raises(errors.RuleViolated) as caught:
        async with adb.async_session(ALICE) as session:
            await session.run_sync(create_many, Task, rows)
    assert caught.value.row == 2


async def test_asyncio_makes_batches(adb: Database, project: Project) -> None:
    rows = [{"title": f"{n}", "project_id": project.id} for n in range(3)]
    async with adb.async_session(ALICE) as session:
        made = await session.run_sync(create_many, Task, rows)
    assert len(made) == 3


async def test_acts_on_a_whole_are_functions(adb: Database) -> None:
    async with adb.async_session(ALICE) as session:
        task = new_task("Clear the attic", id=uuid4())
        session.add(task)
        await session.flush()
        assert await functions_async.delete_task(session, task.id) == 1
        assert await functions_async.restore_task(session, task.id) == 1


def test_a_task_comes_with_its_tags_and_subtasks(
    db: Database, project: Project
) -> None:
    with db.session(ALICE) as session:
        parent = new_task("Paint the fence", project_id=project.id, id=uuid4())
        session.add(parent)
        session.flush()
        for n in range(3):
            tag = Tag(user_id=ALICE, id=uuid4(), name=f"tag {uuid4()}")
            session.add(tag)
            session.flush()
            session.add(TaskTag(user_id=ALICE, task_id=parent.id, tag_id=tag.id))
            child = new_task(f"{n}", project_id=project.id, parent_id=parent.id)
            session.add(child)
    log = _Statements(db)
    with db.session(ALICE, read_only=True) as session:
        statement = (
            select(Task)
            .where(Task.id == parent.id)
            .options(joinedload(Task.tags), joinedload(Task.subtasks))
        )
        found = session.exec(statement).unique().one()
        assert (len(found.tags), len(found.subtasks)) == (3, 3)
    assert len(log.seen) == 1


def test_a_dashboard_is_one_statement(db: Database, project: Project) -> None:
    with db.session(ALICE) as session:
        statuses = ["todo", "todo", "blocked"]
        rows = [
            {"title": "x", "project_id": project.id, "status": each}
            for each in statuses
        ]
        create_many(session, Task, rows)
    with db.session(ALICE, read_only=True) as session:
        counts = session.exec(
            select(Task.status, func.count())
            .where(Task.project_id == project.id)
            .group_by(Task.status)
        )
        assert {str(status): n for status, n in counts} == {"todo": 2, "blocked": 1}


def test_an_export_takes_constant_memory(db: Database, project: Project) -> None:
    rows = [{"title": "x" * 300, "project_id": project.id} for _ in range(1000)]
    with db.session(ALICE) as session:
        for _ in range(6):
            create_many(session, Task, rows)
    everything = select(Task).where(Task.project_id == project.id)
    peaks = [_peak(db, everything.limit(n)) for n in (500, 6000)]
    print(f"peak of an export of 500 and 6000 tasks: {peaks[0]:.1f}, {peaks[1]:.1f} MB")
    assert peaks[1] < peaks[0] * 2


def _peak(db: Database, statement: Any) -> float:
    """Return the megabytes that reading *statement* row by row takes at most."""
    with db.session(ALICE, read_only=True) as session:
        gc.collect()
        tracemalloc.start()
        for _ in session.exec(statement.execution_options(yield_per=200)):
            pass
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return peak / 1e6
