"""After the compute was suspended the first query succeeds, and no error is shown.

Neon suspends an idle compute: its connections are cut, and the next one wakes it.
What becomes of that one meanwhile is up to the gateway, so that all manners are tried.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from functools import partial
from typing import Final
from uuid import UUID, uuid4

import pytest
from sqlmodel import select

from tests.python.databases import PASSWORD
from tests.python.network.gateway import Gateway, Manner, gateway
from tests.python.todo_db.pooler import pooling
from tests.python.todo_db.sample import ALICE, environment, fill, new_task
from todo_db import AsyncUserSession, Database, UserSession
from todo_models import Task
from tools.postgres.server import Cluster, throwaway

Read = Callable[[Database, str], Awaitable[list[list[str]]]]

_EACH: Final = 3  # connections that idle, and callers who come at once, on each side
_ALL: Final = select(Task.title)
_MANNERS: Final[tuple[Manner, ...]] = ("hold", "refuse", "cut")


@pytest.fixture(scope="module")
def compute() -> Iterator[Cluster]:
    """A server that keeps what it has confirmed."""
    with throwaway(settings={"synchronous_commit": "on"}) as cluster:
        fill(cluster)
        yield cluster
        cluster.start()


@asynccontextmanager
async def _direct(compute: Cluster, manner: Manner) -> AsyncIterator[Gateway]:
    socket = compute.socket / f".s.PGSQL.{compute.port}"
    async with gateway(socket, compute.stop, compute.start, manner) as found:
        yield found


@asynccontextmanager
async def _with_pooler(compute: Cluster, manner: Manner) -> AsyncIterator[Gateway]:
    """Neon's pooler is part of the compute, and sleeps with it."""
    with pooling(compute) as pooler:

        def sleep() -> None:
            pooler.stop()
            compute.stop()

        def wake() -> None:
            compute.start()
            pooler.start()

        async with gateway(pooler.socket, sleep, wake, manner) as found:
            yield found


def _url(port: int) -> str:
    return f"postgresql://todo_app:{PASSWORD}@127.0.0.1:{port}/filled"


def _add(session: UserSession, title: str) -> None:
    session.add(new_task(title))


async def _add_async(session: AsyncUserSession, title: str) -> None:
    session.add(new_task(title))


def _use(db: Database) -> None:
    with ExitStack() as stack:
        for _ in range(_EACH):
            session = stack.enter_context(db.session(ALICE))
            session.exec(select(Task.id).limit(1)).all()


async def _idle(db: Database) -> None:
    """Leave connections in both pools that nobody uses."""
    await asyncio.to_thread(_use, db)
    async with AsyncExitStack() as many:
        for _ in range(_EACH):
            other = await many.enter_async_context(db.async_session(ALICE))
            await other.exec(select(Task.id).limit(1))
    pools = db.live().pools
    assert pools["sync"].idle == pools["async"].idle == _EACH


def _titles(session: UserSession, start: str) -> list[str]:
    return sorted(session.exec(_ALL.where(Task.title.startswith(start))))


async def _titles_async(session: AsyncUserSession, start: str) -> list[str]:
    return sorted(await session.exec(_ALL.where(Task.title.startswith(start))))


async def _read(db: Database, mark: str) -> list[list[str]]:
    """Read on both sides, in plain sessions."""

    def read() -> list[str]:
        with db.session(ALICE) as session:
            return _titles(session, mark)

    async def read_async() -> list[str]:
        async with db.async_session(ALICE) as session:
            return await _titles_async(session, mark)

    return list(await asyncio.gather(asyncio.to_thread(read), read_async()))


async def _read_in_run(db: Database, mark: str) -> list[list[str]]:
    """Read on both sides, in sessions that may be repeated."""
    work, work_async = partial(_titles, start=mark), partial(_titles_async, start=mark)
    return list(
        await asyncio.gather(
            asyncio.to_thread(db.run, ALICE, work), db.async_run(ALICE, work_async)
        )
    )


async def _write(db: Database, mark: str, number: int, command: UUID | None) -> None:
    """Write on one side and on the other at the same time."""
    end = f"{number}/{command is not None}"
    add = partial(_add, title=f"{mark}/sync/{end}")
    add_async = partial(_add_async, title=f"{mark}/async/{end}")
    other = uuid4() if command else None
    await asyncio.gather(
        asyncio.to_thread(db.run, ALICE, add, command_id=command),
        db.async_run(ALICE, add_async, command_id=other),
    )


async def _first_queries(db: Database, gateway: Gateway, read: Read) -> None:
    mark = f"suspend {uuid4()}"
    await gateway.suspend()
    writes = [_write(db, mark, n, uuid4() if n % 2 else None) for n in range(_EACH)]
    await asyncio.gather(*writes)
    await gateway.suspend()
    found = await asyncio.gather(*[read(db, mark) for _ in range(_EACH)])
    wanted = sorted(
        f"{mark}/{side}/{number}/{number % 2 == 1}"
        for side in ("sync", "async")
        for number in range(_EACH)
    )
    assert found == [[wanted, wanted]] * _EACH


async def _wake_twice(db: Database, gateway: Gateway, read: Read = _read) -> None:
    try:
        await _idle(db)
        await _first_queries(db, gateway, read)
    finally:
        db.close()
        await db.aclose()
    assert gateway.woken == 2


@pytest.mark.parametrize("manner", _MANNERS)
@pytest.mark.parametrize("way", ["direct", "with its pooler"])
async def test_the_first_queries_wake_the_compute(
    compute: Cluster, way: str, manner: Manner
) -> None:
    make = _direct if way == "direct" else _with_pooler
    pooler = "none" if way == "direct" else "transaction"
    async with make(compute, manner) as gateway:
        url = _url(gateway.port)
        db = Database.from_env(environment(url, TODO_POOLER=pooler))
        await _wake_twice(db, gateway)
        assert (gateway.turned_away > 0) is (manner != "hold")


@pytest.mark.parametrize("manner", ["hold", "cut"])
async def test_they_do_through_a_pooler_that_stays_awake(
    compute: Cluster, manner: Manner
) -> None:
    """One of one's own, before the direct host, which costs a plain session its hold.

    It takes the query, finds that it cannot log in, and says so for a while to all who
    come; only `run` can come again with the whole transaction.
    """
    async with _direct(compute, manner) as gateway:
        with pooling(compute, way=("127.0.0.1", gateway.port)) as pooler:
            url = f"{_url(6432)}?host={pooler.socket.parent}".replace("127.0.0.1", "")
            db = Database.from_env(environment(url))
            await _wake_twice(db, gateway, _read_in_run)
