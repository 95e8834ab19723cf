"""No user ever meets another's rows on a shared connection, whatever is interrupted.

TODO_TEST_TRANSACTIONS sets how many transactions each test makes (default 1500).
"""

from __future__ import annotations

import asyncio
import os
import random
import threading
from collections import Counter
from collections.abc import Iterator
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import text
from sqlmodel import select

from tests.python.todo_db.sample import MakeDatabase, environment, new_task
from todo_db import Database
from todo_models import Project, Task

_TRANSACTIONS = int(os.environ.get("TODO_TEST_TRANSACTIONS", "1500"))
_WORKERS = 12
_POOL = {"TODO_POOL_SIZE": "3", "TODO_POOL_WAIT": "60"}
_MINE = text("select distinct user_id from app.tasks")
_SLOW_MINE = text(
    "select distinct user_id from app.tasks cross join pg_sleep(:seconds)"
)


_MAKE = """
with person as (
    insert into app_data.users (id, email, password_hash)
    select id, id || '@example.org', tests.password_hash(id::text)
    from unnest(%s::uuid[]) as id
    returning id
)
select count(*) from person
"""


@pytest.fixture(scope="module")
def users(admin_url: str, url: str) -> Iterator[list[UUID]]:
    """Twenty people with an inbox and a task each, who are gone after the tests."""
    people = [uuid4() for _ in range(20)]
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute(_MAKE, [people])
        db = Database.from_env(environment(url))
        for person in people:
            with db.session(person) as session:
                session.add(Project(user_id=person, id=person, name="Inbox"))
                session.flush()
                session.add(new_task(f"of {person}", person))
        db.close()
        yield people
        admin.execute("delete from app_data.users where id = any(%s)", [people])


async def test_tasks_that_are_cancelled_at_random(url: str, users: list[UUID]) -> None:
    db = Database.from_env(environment(url, **_POOL))
    await _storm(db, users)
    await _assert_pool_is_clean(db)
    await db.aclose()


async def _storm(db: Database, users: list[UUID]) -> None:
    ended: Counter[str] = Counter()

    async def work(count: int) -> None:
        for _ in range(count):
            user = random.choice(users)  # noqa: S311
            limit = random.choice([None, None, 0.001, 0.003, 0.01])  # noqa: S311
            try:
                async with asyncio.timeout(limit):
                    assert await _look_async(db, user) == {user}
            except TimeoutError:
                ended["cancelled"] += 1
            else:
                ended["finished"] += 1

    await asyncio.gather(*[work(_TRANSACTIONS // _WORKERS) for _ in range(_WORKERS)])
    print(f"tasks: {dict(ended)}")
    assert min(ended["cancelled"], ended["finished"]) > _TRANSACTIONS // 20


async def _look_async(db: Database, user: UUID) -> set[UUID]:
    async with db.async_session(user) as session:
        connection = await session.connection()
        if random.random() < 0.2:  # noqa: S311
            slow = await connection.execute(_SLOW_MINE, {"seconds": 0.002})
            return set(slow.scalars())
        seen = set((await connection.execute(_MINE)).scalars())
        return seen | {task.user_id for task in await session.exec(select(Task))}


async def _assert_pool_is_clean(db: Database) -> None:
    """Every connection of the pool is as new: no role, no token, no transaction."""
    async with asyncio.timeout(30):
        connections = [await db.async_engine.connect() for _ in range(3)]
    for connection in connections:
        row = (
            await connection.execute(
                text("select current_user, current_setting('app.token', true)")
            )
        ).one()
        assert (row[0], row[1] or "") == ("todo_app", "")
        await connection.close()


def test_threads_that_fail_at_random(
    make_db: MakeDatabase, url: str, users: list[UUID]
) -> None:
    db = make_db(url, **_POOL)
    wrong: list[object] = []
    threads = [
        threading.Thread(target=_work, args=(db, users, wrong)) for _ in range(_WORKERS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def _work(db: Database, users: list[UUID], wrong: list[object]) -> None:
    for _ in range(_TRANSACTIONS // _WORKERS):
        user = random.choice(users)  # noqa: S311
        try:
            with db.session(user) as session:
                seen = set(session.execute(_MINE).scalars())
                seen |= {task.user_id for task in session.exec(select(Task))}
                if seen != {user}:
                    wrong.append((user, seen))
                if random.random() < 0.3:  # noqa: S311
                    raise KeyError
        except KeyError:
            pass
        except BaseException as error:
            wrong.append(error)
            raise
