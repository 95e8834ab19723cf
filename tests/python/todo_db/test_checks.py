"""The door refuses a login that could get around row security, and names the role."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType

import psycopg
import pytest
from sqlmodel import select

from tests.python.databases import PASSWORD
from tests.python.todo_db.sample import ALICE, Door, environment
from todo_db import Database, StartupError
from todo_models import Task
from tools import catalog


@pytest.fixture
def admin(admin_url: str) -> Iterator[psycopg.Connection]:
    """A superuser, who makes logins and removes them again."""
    with psycopg.connect(admin_url, autocommit=True) as connection:
        yield connection


def _refused(db: Database) -> str:
    with pytest.raises(StartupError) as caught, db.session(ALICE) as session:
        session.exec(select(Task)).all()
    return str(caught.value)


def test_a_superuser_is_refused(door: Door, admin_url: str) -> None:
    text = _refused(door(admin_url))
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
    door: Door, url: str, admin: psycopg.Connection, made: str, reason: str
) -> None:
    admin.execute("create role risky_group in role todo_owner")
    admin.execute(f"create role risky login noinherit password '{PASSWORD}' {made}")
    admin.execute("grant todo_user to risky")
    name = admin.info.dbname
    admin.execute(f"grant connect on database {name} to risky")
    try:
        text = _refused(door(url.replace("todo_app", "risky")))
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
    door: Door, url: str, admin: psycopg.Connection
) -> None:
    admin.execute("create database empty_one")
    try:
        name = admin.info.dbname
        db = door(url.replace(name, "empty_one"))
        assert "run the migrations" in _refused(db)
        db.close()
    finally:
        admin.execute("drop database empty_one with (force)")


def test_the_look_is_taken_once(door: Door, url: str) -> None:
    db = door(url, TODO_POOL_SIZE="2")
    with db.session(ALICE) as session:
        session.exec(select(Task)).all()
    assert db._inspection._passed


@pytest.fixture
def catalogue(admin_url: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """What the generator writes, for the database as it is."""
    module = ModuleType("todo_models.catalogue")
    facts = catalog.facts(admin_url)
    vars(module).update(
        SETTINGS=catalog.settings(),
        QUERY=catalog.query(),
        FINGERPRINT=catalog.fingerprint(facts),
        MIGRATION="0042_add_towels",
    )
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module


def test_the_schema_of_the_models_is_taken(
    door: Door, url: str, catalogue: ModuleType
) -> None:
    with door(url).session(ALICE) as session:
        session.exec(select(Task)).all()


def test_another_schema_is_refused(
    door: Door, url: str, catalogue: ModuleType, admin: psycopg.Connection
) -> None:
    admin.execute("alter table app.tasks add column surprise text")
    try:
        text = _refused(door(url))
        assert "0042_add_towels" in text
        assert "run the migrations" in text
        with door(url, TODO_SCHEMA_CHECK="off").session(ALICE) as session:
            session.exec(select(Task)).all()
    finally:
        admin.execute("alter table app.tasks drop column surprise")


async def test_asyncio_compares_too(url: str, catalogue: ModuleType) -> None:
    vars(catalogue)["FINGERPRINT"] = "00"
    db = Database.from_env(environment(url))
    with pytest.raises(StartupError, match="not the one"):
        async with db.async_session(ALICE) as session:
            await session.exec(select(Task))
    await db.aclose()
