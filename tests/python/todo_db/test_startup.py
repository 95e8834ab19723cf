"""A login that could get around row security is refused, and the role is named."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from sqlmodel import select

from tests.python.databases import PASSWORD, as_app, copied
from tests.python.todo_db.sample import ALICE, MakeDatabase, environment
from todo_db import Database, StartupError
from todo_models import Task
from tools.postgres.server import Cluster


@pytest.fixture
def admin(admin_url: str) -> Iterator[psycopg.Connection]:
    """A superuser, who makes logins and removes them again."""
    with psycopg.connect(admin_url, autocommit=True) as connection:
        yield connection


def _refused(db: Database) -> str:
    with pytest.raises(StartupError) as caught, db.session(ALICE) as session:
        session.exec(select(Task)).all()
    return str(caught.value)


def test_a_superuser_is_refused(make_db: MakeDatabase, admin_url: str) -> None:
    text = _refused(make_db(admin_url))
    assert "postgres is SUPERUSER" in text
    assert "connect as todo_app" in text


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        ("bypassrls", "risky has BYPASSRLS"),
        ("createrole", "risky has CREATEROLE"),
        ("replication", "risky has REPLICATION"),
        ("in role todo_owner", "todo_owner owns objects"),
        ("in role risky_group", "todo_owner owns objects"),
        ("in role pg_execute_server_program", "reaches the files and programs"),
    ],
)
def test_a_login_that_could_get_around_it(
    make_db: MakeDatabase, url: str, admin: psycopg.Connection, made: str, reason: str
) -> None:
    admin.execute("create role risky_group in role todo_owner")
    admin.execute(f"create role risky login noinherit password '{PASSWORD}' {made}")
    admin.execute("grant todo_user to risky")
    name = admin.info.dbname
    admin.execute(f"grant connect on database {name} to risky")
    try:
        text = _refused(make_db(url.replace("todo_app", "risky")))
        assert reason in text
        assert "the login risky" in text
    finally:
        admin.execute(f"revoke all on database {name} from risky")
        admin.execute("drop role risky, risky_group")


async def test_asyncio_refuses_too(admin_url: str) -> None:
    db = Database.from_env(environment(admin_url))
    with pytest.raises(StartupError, match="SUPERUSER"):
        async with db.async_session(ALICE) as session:
            await session.exec(select(Task))
    await db.aclose()


def test_an_empty_database_is_refused(
    make_db: MakeDatabase, url: str, admin: psycopg.Connection
) -> None:
    admin.execute("create database empty_one")
    try:
        name = admin.info.dbname
        db = make_db(url.replace(name, "empty_one"))
        assert "run the migrations" in _refused(db)
        db.close()
    finally:
        admin.execute("drop database empty_one with (force)")


def test_the_look_is_taken_once(make_db: MakeDatabase, url: str) -> None:
    db = make_db(url, TODO_POOL_SIZE="2")
    with db.session(ALICE) as session:
        session.exec(select(Task)).all()
    assert db._startup_check._passed


def test_another_schema_is_refused(
    make_db: MakeDatabase, url: str, admin: psycopg.Connection
) -> None:
    """More than the models know is well unless asked; less than they need is not."""
    strict = {"TODO_SCHEMA_CHECK": "strict"}
    admin.execute("alter table app_data.tasks add column surprise text")
    try:
        text = _refused(make_db(url, **strict))
        assert "is not expected" in text
        assert "run the migrations" in text
        with make_db(url).session(ALICE) as session:
            session.exec(select(Task).limit(1)).all()
        # A later release says another rule; what this one writes is still judged.
        admin.execute("alter table app_data.tasks drop constraint tasks_title_is_short")
        with make_db(url).session(ALICE) as session:
            session.exec(select(Task).limit(1)).all()
        admin.execute("alter table app_data.tasks rename column surprise to due")
        admin.execute("alter table app_data.tasks rename column title to heading")
        assert "tasks.title: type is missing" in _refused(make_db(url))
        with make_db(url, TODO_SCHEMA_CHECK="off").session(ALICE) as session:
            session.exec(select(Task.id).limit(1)).all()
    finally:
        admin.execute("alter table app_data.tasks rename column heading to title")
        admin.execute("alter table app_data.tasks drop column due")
        admin.execute(
            "alter table app_data.tasks drop constraint if exists tasks_title_is_short,"
            " add constraint tasks_title_is_short"
            " check (char_length(title) <= 500)"
        )


def test_a_looser_policy_is_refused(
    make_db: MakeDatabase, url: str, admin: psycopg.Connection
) -> None:
    row = admin.execute(
        "select qual from pg_policies where policyname = 'tasks_select_user'"
    ).fetchone()
    assert row is not None
    admin.execute("alter policy tasks_select_user on app_data.tasks using (true)")
    try:
        assert "tasks: policy tasks_select_user differs" in _refused(make_db(url))
    finally:
        admin.execute(
            "alter policy tasks_select_user on app_data.tasks"
            f" using ({row[0]})".encode()
        )


def test_a_second_policy_is_refused(
    make_db: MakeDatabase, url: str, admin: psycopg.Connection
) -> None:
    """It would be joined by OR; those of a table that is not known yet are none."""
    admin.execute(
        "create table app_data.later (user_id uuid);"
        " create policy later_select_user on app_data.later for select to todo_user"
        " using (false)"
    )
    try:
        with make_db(url).session(ALICE) as session:
            session.exec(select(Task).limit(1)).all()
        admin.execute("create policy more on app_data.tasks for select using (true)")
        assert "tasks: policy more is not expected" in _refused(make_db(url))
    finally:
        admin.execute(
            "drop policy if exists more on app_data.tasks; drop table app_data.later"
        )


async def test_asyncio_compares_too(url: str, admin: psycopg.Connection) -> None:
    admin.execute("alter table app_data.tasks no force row level security")
    db = Database.from_env(environment(url))
    try:
        with pytest.raises(StartupError, match="tasks: row-level security differs"):
            async with db.async_session(ALICE) as session:
                await session.exec(select(Task))
    finally:
        admin.execute("alter table app_data.tasks force row level security")
        await db.aclose()


def test_the_migrated_schema_is_the_one_of_the_models(
    make_db: MakeDatabase, cluster: Cluster, template: str
) -> None:
    with copied(cluster, template) as address:
        with make_db(as_app(address)).session(ALICE) as session:
            session.exec(select(Task)).all()
        # Before the database is dropped.
        make_db(as_app(address)).close()
