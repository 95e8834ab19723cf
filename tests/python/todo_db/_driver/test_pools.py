"""Who comes first is served first, and nobody's place is lost."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter

import pytest
from sqlalchemy import text

from tests.python.todo_db.sample import ALICE, MakeDatabase, environment
from todo_db import Database
from todo_db._driver.pools import WaitQueue
from todo_db.errors import PoolExhausted, Unavailable


def test_a_queue_is_served_in_order() -> None:
    woken: list[int] = []
    queue = WaitQueue[int](2, woken.append)
    assert [queue.acquire(n) for n in range(5)] == [True, True, False, False, False]
    assert queue.abandon(3)
    assert not queue.abandon(3)
    assert len(queue) == 2
    for _ in range(4):
        queue.release()
    assert woken == [2, 4]
    assert [queue.acquire(n) for n in range(3)] == [True, True, False]


def test_no_thread_starves(make_db: MakeDatabase, url: str) -> None:
    """Twelve threads on two connections: nobody gets less than a quarter of a share."""
    db, served, over = (
        make_db(url, TODO_POOL_SIZE="2"),
        Counter[int](),
        threading.Event(),
    )

    def ask() -> None:
        with db.session(ALICE, read_only=True) as session:
            session.execute(text("select 1"))

    ready = threading.Barrier(12)  # both connections are there before turns are counted

    def work(number: int) -> None:
        ask()
        ready.wait(60)
        while not over.is_set():
            ask()
            served[number] += 1

    threads = [threading.Thread(target=work, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    while sum(served.values()) < 600 and all(thread.is_alive() for thread in threads):
        time.sleep(0.02)
    over.set()
    for thread in threads:
        thread.join()
    assert sum(served.values()) >= 600, "a thread met an error"
    assert min(served[n] for n in range(12)) >= sum(served.values()) / 12 / 4


async def test_no_task_starves(url: str) -> None:
    db = Database.from_env(environment(url, TODO_POOL_SIZE="2"))
    served, over = Counter[int](), asyncio.Event()

    async def work(number: int) -> None:
        while not over.is_set():
            async with db.async_session(ALICE, read_only=True) as session:
                await (await session.connection()).execute(text("select 1"))
            served[number] += 1
            if sum(served.values()) > 600:
                over.set()

    await asyncio.gather(*[work(n) for n in range(12)])
    assert min(served[n] for n in range(12)) >= sum(served.values()) / 12 / 4
    await db.aclose()


async def test_places_are_kept_when_those_who_wait_go_away(url: str) -> None:
    db = Database.from_env(environment(url, TODO_POOL_SIZE="1", TODO_POOL_WAIT="0.1"))

    async def use(seconds: float) -> None:
        async with db.async_session(ALICE) as session:
            await (await session.connection()).execute(text("select 1"))
            await asyncio.sleep(seconds)

    for _ in range(20):
        first = asyncio.create_task(use(0.15))
        others = [asyncio.create_task(use(0)) for _ in range(3)]
        await asyncio.sleep(0.01)
        others[0].cancel()
        found = await asyncio.gather(first, *others, return_exceptions=True)
        assert found[0] is None
        assert isinstance(found[1], asyncio.CancelledError)
        assert isinstance(found[2], PoolExhausted)
    await use(0)
    await db.aclose()


def test_a_refused_connection_gives_its_place_back(
    make_db: MakeDatabase, url: str
) -> None:
    db = make_db(
        url.replace("host=", "host=/nowhere"),
        TODO_POOL_SIZE="1",
        TODO_RETRY_BUDGET="0",
        TODO_POOL_WAIT="0.2",
    )
    for _ in range(3):
        # PoolExhausted would say that the one slot was not given back.
        with pytest.raises(Unavailable), db.session(ALICE) as session:
            session.execute(text("select 1"))
