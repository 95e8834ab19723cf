"""The package knows the database that it was made for, and names what differs."""

from __future__ import annotations

import time
from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.ext.asyncio import create_async_engine

from todo_models import fingerprint


@pytest.fixture
def changed(database: str) -> Iterator[psycopg.Connection]:
    """A superuser's connection to a database that may be changed."""
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


def differences(app_url: str) -> list[str]:
    engine = create_engine(make_url(app_url).set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        found = fingerprint.differences(connection)
    engine.dispose()
    return found


def test_the_migrated_database_has_no_difference(engine: Engine) -> None:
    with engine.connect() as connection:
        assert fingerprint.differences(connection) == []
        start = time.perf_counter()
        assert fingerprint.differences(connection) == []
        assert time.perf_counter() - start < 1
    assert len(fingerprint.EXPECTED) > 200


CHANGES = {
    "alter table app_data.tasks drop constraint tasks_priority_is_known,"
    " add constraint tasks_priority_is_known check (priority between 1 and 5)": [
        "tasks.priority: CHECK tasks_priority_is_known differs"
    ],
    "alter table app_data.tasks drop constraint tasks_title_is_short": [
        "tasks.title: CHECK tasks_title_is_short is missing"
    ],
    "alter table app_data.tags alter column colour drop not null": [
        "tags.colour: type differs"
    ],
    "alter table app_data.tags alter column colour set default '#000000'": [
        "tags.colour: default differs"
    ],
    "alter table app_data.tags disable row level security": [
        "tags: row-level security differs"
    ],
    "alter policy tags_select_user on app_data.tags using (true)": [
        "tags: policy tags_select_user differs"
    ],
    "grant update (created_at) on app_data.tags to todo_user": [
        "tags.created_at: privileges of todo_user differs"
    ],
    "alter table app_data.tags add column note text": [
        "tags.note: privileges of todo_user is not expected",
        "tags.note: type is not expected",
    ],
    "drop trigger tags_900_bump_version on app_data.tags": [
        "tags: trigger tags_900_bump_version is missing"
    ],
    "alter function app.fold_name(text) volatile": [
        "function fold_name(p_name text) differs"
    ],
    "alter view app.tags reset (security_invoker)": [
        "tags: row-level security differs"
    ],
    "create or replace view app.tags as select user_id, id, name, name_key, colour,"
    " version, created_at, updated_at, space_number from app_data.tags": [
        "tags: row-level security differs",
        "tags: view differs",
    ],
    "revoke select on app.task_counts from todo_user": [
        f"task_counts.{name}: privileges of todo_user differs"
        for name in (
            "blocked",
            "deleted",
            "done",
            "in_progress",
            "project_id",
            "review",
            "space_number",
            "todo",
            "user_id",
        )
    ],
    "drop view app.spaces": [
        "spaces.space_number: privileges of todo_user differs",
        "spaces.task_count: privileges of todo_user differs",
        "spaces.user_id: privileges of todo_user differs",
        "spaces: row-level security differs",
        "spaces: view is missing",
    ],
    "create table app_data.later (id uuid)": [
        "later.id: privileges of todo_user is not expected",
        "later.id: type is not expected",
        "later: row-level security is not expected",
    ],
    "comment on table app_data.tags is 'Something else.'": [],
    "create index on app_data.tags (colour)": [],
}


@pytest.mark.parametrize("change", CHANGES)
def test_each_change_is_named(
    changed: psycopg.Connection, app_url: str, change: str
) -> None:
    changed.execute(change.encode())
    assert differences(app_url) == CHANGES[change]


async def test_it_can_be_awaited(shared_app_url: str) -> None:
    url = make_url(shared_app_url).set(drivername="postgresql+psycopg")
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        assert await fingerprint.differences_async(connection) == []
    await engine.dispose()
