"""What people say travels as parameters: the text of a statement holds none of it.

Whoever runs SQL as the app's login sees the text of its other sessions in
pg_stat_activity, and logs keep it.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import text, update
from sqlmodel import col, select

from tests.python.databases import SIGNING_KEY, as_app, copied
from tests.python.security.people import BOB
from tests.python.todo_db.sample import environment
from todo_db import Database, TodoError, accounts
from todo_db.bulk import create_many, patch_many
from todo_db.paging import Listing
from todo_models import Tag, Task, TaskTag, functions
from tools.postgres.server import Cluster

_WORD: Final = "zebracrossing"
_PASSWORD: Final = "quaggacrossing ✓"
_EMAIL: Final = "Okapi@example.org"
_DAY: Final = dt.date(2147, 3, 5)
# The text of every statement, without the values that travel beside it.
_LOUD: Final = ("log_statement = 'all'", "log_parameter_max_length = 0")

Act = Callable[[Database], list[str]]


@dataclass
class Overheard:
    """The texts of what was run.

    Attributes:
        logged: all of them, from the server's log.
        shown: those that another session of the login saw in pg_stat_activity.
    """

    logged: str = ""
    shown: set[str] = field(default_factory=set)


@pytest.fixture(scope="module")
def loud(cluster: Cluster, template: str) -> Iterator[str]:
    """The superuser's address of a database whose statements are logged."""
    with copied(cluster, template) as url:
        name = url.split("?")[0].rpartition("/")[2]
        with psycopg.connect(cluster.url(), autocommit=True) as admin:
            for setting in _LOUD:
                admin.execute(f"alter database {name} set {setting}".encode())
        yield url


@contextmanager
def _overhearing(cluster: Cluster, loud: str) -> Iterator[Overheard]:
    heard, before = Overheard(), cluster.log.stat().st_size
    looking, over = threading.Event(), threading.Event()

    def watch() -> None:
        with psycopg.connect(as_app(loud), autocommit=True) as mallory:
            looking.set()
            ended = False
            while not ended:  # once more at the end: a session shows its last text
                ended = over.wait(0.002)
                rows = mallory.execute(_ACTIVITY).fetchall()
                heard.shown.update(row[0] for row in rows)

    watching = threading.Thread(target=watch)
    watching.start()
    assert looking.wait(30)
    try:
        yield heard
    finally:
        over.set()
        watching.join()
    heard.logged = cluster.log.read_bytes()[before:].decode()


_ACTIVITY: Final = (
    "select query from pg_stat_activity"
    " where usename = 'todo_app' and pid <> pg_backend_pid() and query <> ''"
)


def _write(db: Database) -> list[str]:
    """Write rows one by one and many at once; return the values."""
    with db.session(BOB, command_id=(command := uuid4())) as session:
        task = Task(user_id=BOB, project_id=BOB, title=f"{_WORD} one", due_date=_DAY)
        tag = Tag(user_id=BOB, name=f"{_WORD} {command}")
        session.add_all([task, tag])
        session.flush()
        session.add(TaskTag(user_id=BOB, task_id=task.id, tag_id=tag.id))
        task.description = f"{_WORD} described"
        rows = [{"title": f"{_WORD} {n}", "project_id": BOB} for n in range(3)]
        many = create_many(session, Task, rows)
        patches = [{"id": t.id, "description": f"{_WORD} patched"} for t in many]
        patch_many(session, Task, patches)
        session.exec(update(Task).where(col(Task.id) == task.id).values(title=_WORD))
        session.execute(text("select :word"), {"word": f"{_WORD} by hand"})
        session.connection().exec_driver_sql("select %s::text", (_WORD,))
    return [str(command), str(task.id), str(tag.id), *(str(t.id) for t in many)]


def _read(db: Database) -> list[str]:
    """Read by words, days and lists of ids, in pages and as a stream."""
    found = select(Task).where(
        col(Task.title).like(f"{_WORD}%"), col(Task.due_date).in_([_DAY, None])
    )
    with db.session(BOB, read_only=True) as session:
        first = Listing(select(Task), Task.due_date, Task.id).fetch(session, size=1)
        Listing(select(Task), Task.due_date, Task.id).fetch(session, after=first.next)
        session.exec(found).all()
        session.get(Task, (BOB, first.items[0].id))
        list(session.scalars(found.execution_options(yield_per=2)))
    return [str(first.items[0].id)]


def _call(db: Database) -> list[str]:
    """Call functions, and be refused."""
    with db.session(BOB) as session:
        gone = session.exec(select(Task.id).limit(1)).one()
        functions.delete_task(session, gone)
    for title, priority in ((f"{_WORD} wrong", 9), ("  ", 1)):
        with suppress(TodoError), db.session(BOB) as session:
            task = Task(user_id=BOB, project_id=BOB, title=title, priority=priority)
            task.description = f"{_WORD} refused"
            session.add(task)
    for _ in range(2):  # the second is a duplicate
        with suppress(TodoError), db.session(BOB) as session:
            session.add(Tag(user_id=BOB, name=f"{_WORD} twice"))
    return [str(gone)]


def _account(db: Database) -> list[str]:
    """Sign up, log in, be let in again, forget the password."""
    names = {"first_name": f"{_WORD} first", "last_name": f"{_WORD} last"}
    link = db.auth(accounts.sign_up(email=_EMAIL, password=_PASSWORD, **names))
    user = db.auth(accounts.verify_email(link, password=_PASSWORD))
    assert user is not None
    db.auth(accounts.log_in(email=_EMAIL, password=f"{_WORD} mistyped"))
    login = db.auth(accounts.log_in(email=_EMAIL, password=_PASSWORD))
    assert login is not None
    again = db.auth(accounts.refresh(login.refresh_token))
    assert again is not None
    db.auth(accounts.log_out(again.refresh_token))
    reset = db.auth(accounts.request_reset(_EMAIL))
    db.auth(accounts.reset_password(token=reset, password=f"{_WORD} new"))
    digests = [
        accounts._digest(secret).hex()
        for secret in (link, reset, login.refresh_token, again.refresh_token)
    ]
    return [link, reset, str(user), login.refresh_token, *digests]


_KEY: Final = SIGNING_KEY.partition(":")[2]
# Whose it is, what was said, what was proven: token, key, password and its hash.
_ALWAYS: Final = (
    str(BOB),
    _WORD,
    _PASSWORD,
    _EMAIL,
    str(_DAY),
    _KEY,
    "v1.1.",
    "$argon",
)


@pytest.mark.parametrize("act", [_write, _read, _call, _account])
def test_no_text_holds_a_value(cluster: Cluster, loud: str, act: Act) -> None:
    db = Database.from_env(environment(as_app(loud)))
    if act is _read:
        _write(db)
    with _overhearing(cluster, loud) as heard:
        values = [*_ALWAYS, *act(db)]
    db.close()
    assert "pin_settings" in heard.logged
    assert heard.shown
    for spoken in (heard.logged, *heard.shown):
        for value in values:
            at = spoken.lower().find(value.lower())
            assert at < 0, spoken[max(0, at - 300) : at + 100]


async def test_no_text_holds_a_value_asyncio(cluster: Cluster, loud: str) -> None:
    db = Database.from_env(environment(as_app(loud)))
    with _overhearing(cluster, loud) as heard:
        async with db.async_session(BOB) as session:
            session.add(Task(user_id=BOB, project_id=BOB, title=f"{_WORD} async"))
            await session.exec(select(Task).where(Task.title == _WORD))
    await db.aclose()
    assert "pin_settings" in heard.logged
    spoken = "\n".join((heard.logged, *heard.shown)).lower()
    assert [value for value in _ALWAYS if value.lower() in spoken] == []


def test_a_literal_is_noticed(cluster: Cluster, loud: str) -> None:
    db = Database.from_env(environment(as_app(loud)))
    with _overhearing(cluster, loud) as heard:
        with db.session(BOB, read_only=True) as session:
            session.execute(text(f"select '{_WORD}', pg_sleep(0.3)"))
    db.close()
    assert _WORD in heard.logged
    assert any(_WORD in spoken for spoken in heard.shown)
