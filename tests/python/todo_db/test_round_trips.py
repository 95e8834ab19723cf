"""Round trips are counted on the wire, not derived from the code."""

from __future__ import annotations

import time
from contextlib import suppress

from sqlalchemy import text
from sqlalchemy.orm import Session
from sqlmodel import select, update

from tests.python.todo_db.sample import ALICE, MakeDatabase, environment, new_task
from tests.python.todo_db.wiretap import Wiretap
from todo_db import Database, TodoError
from todo_db.bulk import create_many
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


def _letters(sent: bytes) -> str:
    """Return the letter of each message of a client that is logged in already."""
    letters, at = "", 0
    while at < len(sent):
        letters += chr(sent[at])
        at += 1 + int.from_bytes(sent[at + 1 : at + 5])
    return letters


def _end_transactions(session: Session) -> None:
    session.execute(text("select 1"))
    with suppress(TodoError):
        session.connection().exec_driver_sql("commit")
        session.execute(text("select 1"))


def test_nothing_follows_a_sync(
    make_db: MakeDatabase, tapped_url: str, tap: Wiretap
) -> None:
    """PgBouncer takes a server for a Flush, and gives it back when it is answered.

    It is never answered. Behind the end of a transaction it would hold the server for
    nobody, and everybody else would wait (pgbouncer/pgbouncer, issue 759).
    """
    db = make_db(tapped_url, TODO_POOL_SIZE="1")
    with db.session(ALICE) as session:
        session.execute(text("select 1"))
    tap.reset()
    with suppress(TodoError), db.session(ALICE) as session:
        _end_transactions(session)
    with db.session(ALICE, read_only=True) as session:
        session.exec(select(Task).limit(1)).all()
    with suppress(TodoError), db.session(ALICE) as session:
        create_many(session, Task, [{"title": "x", "project_id": ALICE}] * 2)
        session.execute(text("select 1 / 0"))
    db.last_write_lsn(ALICE)
    assert tap.sent.count(b"commit\0") > 3
    assert "SH" not in _letters(tap.sent)


async def test_nothing_follows_a_sync_asyncio(tapped_url: str, tap: Wiretap) -> None:
    db = Database.from_env(environment(tapped_url, TODO_POOL_SIZE="1"))
    async with db.async_session(ALICE) as session:
        await session.exec(select(Task).limit(1))
    tap.reset()
    with suppress(TodoError):
        async with db.async_session(ALICE) as session:
            await session.run_sync(_end_transactions)
    async with db.async_session(ALICE, read_only=True) as session:
        await session.exec(select(Task).limit(1))
    await db.aclose()
    assert tap.sent.count(b"commit\0") > 2
    assert "SH" not in _letters(tap.sent)
