"""A replica is read when it is as far as its reader, and never when it is not."""

from __future__ import annotations

import time
from collections.abc import Iterator
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import text
from sqlmodel import select

from tests.python.todo_db.sample import (
    ALICE,
    BOB,
    MakeDatabase,
    environment,
    fill,
    new_task,
)
from tests.python.todo_db.standby import SETTINGS, standing_by
from todo_db import Database, MisuseError
from todo_db._replica import WriteLsns, format_lsn, parse_lsn
from todo_db.errors import ReadOnly
from todo_models import Task
from tools.postgres.server import Cluster, throwaway


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[Cluster, Cluster, str]]:
    """A primary, its standby, and the app's address of the primary."""
    with throwaway(settings=SETTINGS) as primary:
        url = fill(primary)
        with standing_by(primary) as standby:
            yield primary, standby, url


@pytest.fixture
def urls(pair: tuple[Cluster, Cluster, str]) -> tuple[str, str]:
    """The app's addresses of both."""
    primary, standby, url = pair
    return url, url.replace(str(primary.socket), str(standby.socket))


def _on_standby(session: object) -> bool:
    found = session.execute(text("select pg_is_in_recovery()"))  # type: ignore[attr-defined]
    return bool(found.scalar())


def _pause(standby: Cluster, *, pause: bool) -> None:
    verb = "pause" if pause else "resume"
    with psycopg.connect(standby.url(), autocommit=True) as connection:
        connection.execute(f"select pg_wal_replay_{verb}()".encode())


def _wait_until_read(db: Database, user: UUID) -> None:
    for _ in range(500):
        with db.session(user, read_only=True) as session:
            if _on_standby(session):
                return
        time.sleep(0.02)
    raise AssertionError("the standby is never read")


def test_reads_go_to_the_replica_and_writes_to_the_primary(
    make_db: MakeDatabase, urls: tuple[str, str]
) -> None:
    db = make_db(urls[0], TODO_REPLICA_URL=urls[1])
    with db.session(BOB, read_only=True) as session:
        assert _on_standby(session)
    with db.session(BOB) as session:
        assert not _on_standby(session)


def test_a_user_sees_the_own_writes_at_once(
    make_db: MakeDatabase, pair: tuple[Cluster, Cluster, str], urls: tuple[str, str]
) -> None:
    db = make_db(urls[0], TODO_REPLICA_URL=urls[1])
    title = f"mine {uuid4()}"
    _pause(pair[1], pause=True)
    try:
        with db.session(ALICE) as session:
            session.add(new_task(title))
        with db.session(ALICE, read_only=True) as session:
            assert title in session.exec(select(Task.title)).all()
            assert not _on_standby(session)
        with db.session(BOB, read_only=True) as session:
            assert _on_standby(session)
        lsn = db.last_write_lsn(ALICE)
        other = make_db(urls[0], TODO_REPLICA_URL=urls[1])
        with other.session(ALICE, read_only=True, min_lsn=lsn) as session:
            assert title in session.exec(select(Task.title)).all()
    finally:
        _pause(pair[1], pause=False)
    _wait_until_read(db, ALICE)
    with db.session(ALICE, read_only=True) as session:
        assert title in session.exec(select(Task.title)).all()


async def test_asyncio_reads_the_replica(urls: tuple[str, str]) -> None:
    db = Database.from_env(environment(urls[0], TODO_REPLICA_URL=urls[1]))
    async with db.async_session(ALICE) as session:
        session.add(new_task("async"))
    for _ in range(500):
        async with db.async_session(ALICE, read_only=True) as session:
            found = await session.run_sync(_on_standby)
        if found:
            break
        time.sleep(0.02)
    assert found
    await db.aclose()


def test_a_replica_that_is_gone_is_not_needed(
    make_db: MakeDatabase, urls: tuple[str, str]
) -> None:
    gone = urls[1].replace("host=", "host=/nowhere")
    db = make_db(urls[0], TODO_REPLICA_URL=gone)
    for user in (BOB, ALICE, ALICE):
        with db.session(user, read_only=True) as session:
            assert not _on_standby(session)
        with db.session(ALICE) as session:
            session.add(new_task("x"))


def test_a_replica_takes_no_write(make_db: MakeDatabase, urls: tuple[str, str]) -> None:
    db = make_db(urls[0], TODO_REPLICA_URL=urls[1])
    with pytest.raises(ReadOnly), db.session(BOB, read_only=True) as session:
        session.add(new_task("x", BOB))


def test_lsns_of_forgotten_users_are_not_forgotten() -> None:
    lsns, users = WriteLsns(size=2), [uuid4() for _ in range(4)]
    for number, user in enumerate(users):
        lsns.note(user, format_lsn(100 - number))
    assert lsns.last_of(users[3]) == 97
    assert lsns.last_of(users[0]) == 100
    assert lsns.last_of(uuid4()) == 100


def test_the_form_of_a_position() -> None:
    assert parse_lsn("16/B374D848") == 0x16_B374D848
    assert format_lsn(0x16_B374D848) == "16/B374D848"
    for wrong in ("", "16", "16/x", "16/B374D848\n", "1/123456789"):
        with pytest.raises(MisuseError):
            parse_lsn(wrong)
