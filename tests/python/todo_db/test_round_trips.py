"""Round trips are counted on the wire, not derived from the code."""

from __future__ import annotations

import time

from sqlmodel import select, update

from tests.python.todo_db.sample import ALICE, MakeDatabase, environment, new_task
from tests.python.todo_db.wiretap import Wiretap
from todo_db import Database
from todo_models import Task


def test_a_read_transaction_takes_two(
    make_db: MakeDatabase, tapped_url: str, tap: Wiretap
) -> None:
    db = make_db(tapped_url)
    with db.session(ALICE) as session:
        session.exec(select(Task)).all()
    tap.reset()
    with db.session(ALICE) as session:
        session.exec(select(Task).limit(50)).all()
    assert tap.round_trips == 2


def test_a_read_only_session_takes_one_per_statement(
    make_db: MakeDatabase, tapped_url: str, tap: Wiretap
) -> None:
    db = make_db(tapped_url)
    with db.session(ALICE, read_only=True) as session:
        session.exec(select(Task)).all()
    tap.reset()
    with db.session(ALICE, read_only=True) as session:
        session.exec(select(Task).limit(50)).all()
    assert tap.round_trips == 1
    with db.session(ALICE, read_only=True, isolation="repeatable read") as session:
        session.exec(select(Task)).all()
        session.exec(select(Task)).all()
    assert tap.round_trips == 1 + 3


def test_a_write_transaction_takes_two(
    make_db: MakeDatabase, tapped_url: str, tap: Wiretap
) -> None:
    db = make_db(tapped_url)
    with db.session(ALICE) as session:
        session.add(new_task("Pay the rent"))
    tap.reset()
    with db.session(ALICE) as session:
        session.add(new_task("Call the plumber"))
    assert tap.round_trips == 2
    tap.reset()
    with db.session(ALICE) as session:
        session.exec(update(Task).values(priority=1))
    assert tap.round_trips == 2


async def test_asyncio_takes_no_more(tapped_url: str, tap: Wiretap) -> None:
    db = Database.from_env(environment(tapped_url))
    async with db.async_session(ALICE) as session:
        await session.exec(select(Task))
    tap.reset()
    async with db.async_session(ALICE) as session:
        await session.exec(select(Task).limit(50))
    assert tap.round_trips == 2
    tap.reset()
    async with db.async_session(ALICE) as session:
        session.add(new_task("Sharpen the saw"))
    assert tap.round_trips == 2
    await db.aclose()


def test_a_page_takes_as_many_latencies(
    make_db: MakeDatabase, tapped_url: str, tap: Wiretap
) -> None:
    db = make_db(tapped_url)
    _timed_page(db, read_only=True)
    tap.latency = 0.02
    for read_only, trips in ((True, 1), (False, 2)):
        # The machine may be busy, so the best of many counts.
        best = min(_timed_page(db, read_only=read_only) for _ in range(20))
        print(f"a page of tasks at 20 ms, read_only={read_only}: {best * 1000:.1f} ms")
        assert trips * tap.latency <= best < (trips + 0.9) * tap.latency


def _timed_page(db: Database, *, read_only: bool) -> float:
    start = time.perf_counter()
    with db.session(ALICE, read_only=read_only) as session:
        session.exec(select(Task).limit(50)).all()
    return time.perf_counter() - start


def test_an_unused_session_sends_nothing(
    make_db: MakeDatabase, tapped_url: str, tap: Wiretap
) -> None:
    db = make_db(tapped_url)
    with db.session(ALICE):
        pass
    assert tap.sent == b""
