"""Through PgBouncer in transaction mode: each transaction may meet another server.

Its Debian package is needed; without it the tests are skipped.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Iterator
from functools import partial
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlmodel import select

from tests.python.todo_db.pooler import Pooler, pooling
from tests.python.todo_db.sample import ALICE, BOB, MakeDatabase, environment, new_task
from todo_db import Database
from todo_db.session import UserSession
from todo_models import Task, User
from tools.postgres.server import Cluster


@pytest.fixture(scope="module")
def pooler(cluster: Cluster) -> Iterator[Pooler]:
    """A PgBouncer with four server connections."""
    with pooling(cluster) as pooler:
        yield pooler


@pytest.fixture
def pooled_url(pooler: Pooler, url: str) -> str:
    """The app's URL through it."""
    return pooler.url(url)


def test_the_pooler_is_recognised(make_db: MakeDatabase, pooled_url: str) -> None:
    db = make_db(pooled_url)
    assert db.settings.address.pooled
    assert db.settings.pool_size == 20


def test_threads_of_two_users(make_db: MakeDatabase, pooled_url: str) -> None:
    db = make_db(pooled_url)
    for user in (ALICE, BOB) * 20:
        with db.session(user) as session:
            session.add(new_task("through the pooler", user))
        with db.session(user) as session:
            assert session.exec(select(User.id)).all() == [user]
            owners = session.execute(text("select user_id from app.tasks")).scalars()
            assert set(owners) == {user}


async def test_more_tasks_than_servers(pooled_url: str) -> None:
    db = Database.from_env(environment(pooled_url))
    wrong: list[object] = []

    async def work() -> None:
        for _ in range(25):
            user: UUID = random.choice([ALICE, BOB])  # noqa: S311
            async with db.async_session(user) as session:
                seen = set((await session.exec(select(User.id))).all())
                connection = await session.connection()
                plain = await connection.execute(text("select id from app.users"))
                if seen | set(plain.scalars()) != {user}:
                    wrong.append((user, seen))

    await asyncio.gather(*[work() for _ in range(40)])
    assert wrong == []
    await db.aclose()


def test_nothing_is_left_on_a_server_connection(
    make_db: MakeDatabase, pooled_url: str
) -> None:
    db = make_db(pooled_url)
    for _ in range(8):
        with db.session(ALICE) as session:
            session.exec(select(User.id)).all()
        with db.engine.connect() as connection:
            row = connection.execute(
                text("select current_user, current_setting('app.token', true)")
            ).one()
        assert (row[0], row[1] or "") == ("todo_app", "")


def test_writes_survive_a_pooler_that_is_restarted(
    make_db: MakeDatabase, pooler: Pooler, pooled_url: str
) -> None:
    db = make_db(pooled_url, TODO_RETRY_BUDGET="30")
    over, done, mark = threading.Event(), list[str](), f"restart {uuid4()}"

    def add(session: UserSession, title: str) -> None:
        session.add(new_task(title))

    def write(writer: int) -> None:
        number = 0
        while not over.is_set():
            title = f"{mark}/{writer}/{number}"
            db.run(ALICE, partial(add, title=title), command_id=uuid4())
            done.append(title)
            number += 1

    writers = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for writer in writers:
        writer.start()
    for _ in range(3):
        time.sleep(0.3)
        pooler.stop()
        time.sleep(0.1)
        pooler.start()
    time.sleep(0.3)
    over.set()
    for writer in writers:
        writer.join()
    with db.session(ALICE) as session:
        titles = session.exec(select(Task.title))
        there = [title for title in titles if title.startswith(mark)]
    assert sorted(there) == sorted(done)
    assert len(there) > 20


def test_the_first_query_after_a_restart_shows_no_error(
    make_db: MakeDatabase, pooler: Pooler, pooled_url: str
) -> None:
    db = make_db(pooled_url)
    for _ in range(2):
        with db.session(ALICE) as session:
            session.exec(select(User)).one()
        pooler.stop()
        pooler.start()
