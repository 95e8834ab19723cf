"""What breaks on the way: nothing is lost or done twice, and errors have a type."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from functools import partial
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlmodel import func, select

from tests.python.todo_db.sample import (
    ALICE,
    BOB,
    MakeDatabase,
    environment,
    fill,
    new_task,
)
from tests.python.todo_db.wiretap import Wiretap
from todo_db import Database, errors
from todo_db.session import AsyncUserSession, UserSession
from todo_models import Task
from tools.postgres.cluster import Cluster
from tools.postgres.throwaway import throwaway


@pytest.fixture(scope="module")
def mortal() -> Iterator[Cluster]:
    """A cluster that tests may end, and that keeps what it has confirmed."""
    with throwaway(settings={"synchronous_commit": "on"}) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def mortal_url(mortal: Cluster) -> str:
    """The app's address of a database in it."""
    return fill(mortal)


@pytest.fixture
def mortal_db(mortal: Cluster, mortal_url: str) -> Iterator[Database]:
    """A `Database` of it, with more patience than a restart takes."""
    db = Database.from_env(environment(mortal_url, TODO_RETRY_BUDGET="30"))
    yield db
    mortal.start()
    db.close()


def _add(session: UserSession, title: str, owner: UUID = ALICE) -> None:
    session.add(new_task(title, owner))


def _count(db: Database, title: str) -> int:
    with db.session(ALICE) as session:
        return session.exec(
            select(func.count()).select_from(Task).where(Task.title == title)
        ).one()


def test_a_restart_between_transactions_shows_no_error(
    mortal: Cluster, mortal_db: Database
) -> None:
    for how in (signal.SIGINT, signal.SIGQUIT):
        with mortal_db.session(ALICE) as session:
            _add(session, "before")
        mortal.stop(how)
        mortal.start()
        with mortal_db.session(ALICE) as session:
            _add(session, "after")


def test_a_query_waits_for_a_server_that_is_starting(
    mortal: Cluster, mortal_db: Database
) -> None:
    with mortal_db.session(ALICE) as session:
        _add(session, "before")
    mortal.stop()
    starter = threading.Timer(0.5, mortal.start)
    starter.start()
    with mortal_db.session(ALICE) as session:
        _add(session, "after the suspend")
    starter.join()


def test_a_kill_within_a_transaction_is_unavailable(
    mortal: Cluster, mortal_db: Database
) -> None:
    with pytest.raises(errors.Unavailable), mortal_db.session(ALICE) as session:
        _add(session, "gone with the server")
        session.flush()
        mortal.stop(signal.SIGQUIT)
        session.execute(text("select 1"))
    mortal.start()
    assert _count(mortal_db, "gone with the server") == 0


def test_a_dead_server_before_the_commit_is_no_riddle(
    mortal: Cluster, mortal_db: Database
) -> None:
    with pytest.raises(errors.Unavailable), mortal_db.session(ALICE) as session:
        _add(session, "gone before the commit")
        session.flush()
        mortal.stop(signal.SIGQUIT)
    mortal.start()


def test_writes_survive_a_server_that_dies_again_and_again(
    mortal: Cluster, mortal_db: Database
) -> None:
    """Every command is there once, although the server is killed under the load."""
    over, done = threading.Event(), list[str]()

    def write(writer: int) -> None:
        number = 0
        while not over.is_set():
            title = f"{writer}/{number}"
            mortal_db.run(ALICE, partial(_add, title=title), command_id=uuid4())
            done.append(title)
            number += 1

    writers = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for writer in writers:
        writer.start()
    for _ in range(3):
        time.sleep(0.5)
        mortal.stop(signal.SIGQUIT)
        mortal.start()
    time.sleep(0.3)
    over.set()
    for writer in writers:
        writer.join()
    with mortal_db.session(ALICE) as session:
        there = [t for t in session.exec(select(Task.title)) if "/" in t]
    assert sorted(there) == sorted(done)
    assert len(set(there)) == len(there) > 50


def _exchange(db: Database, tap: Wiretap) -> tuple[int, int]:
    """Return how many bytes a write sends and gets on a connection that is open."""
    tap.reset()
    db.run(ALICE, lambda session: _add(session, "measured"), command_id=uuid4())
    return len(tap.sent), tap.received


@pytest.mark.parametrize("direction", ["sent", "received"])
def test_a_cut_at_any_point_loses_and_doubles_nothing(
    make_db: MakeDatabase, tapped_url: str, tap: Wiretap, direction: str
) -> None:
    db = make_db(tapped_url, TODO_POOL_SIZE="1")
    for _ in range(8):  # statements are prepared from the sixth time on
        sent, received = _exchange(db, tap)
    bytes_in_all = sent if direction == "sent" else received
    title = f"cut {uuid4()}"
    points = range(0, bytes_in_all + 1, 11)
    for point in points:
        _exchange(db, tap)
        tap.cut(**{direction: point})
        db.run(ALICE, lambda session: _add(session, title), command_id=uuid4())
        tap.cut()
    print(f"{len(points)} cuts of {bytes_in_all} bytes {direction}")
    assert _count(db, title) == len(points)


def test_a_lost_commit_is_said_to_be_unknown(
    make_db: MakeDatabase, tapped_url: str, tap: Wiretap
) -> None:
    db = make_db(tapped_url)
    _exchange(db, tap)
    title = f"commit lost {uuid4()}"
    with pytest.raises(errors.CommitOutcomeUnknown), db.session(ALICE) as session:
        _add(session, title)
        session.flush()
        tap.cut(received=0)
    tap.cut()
    assert _count(db, title) == 1


def test_a_command_is_done_once(db: Database) -> None:
    command, title = uuid4(), f"once {uuid4()}"
    db.run(ALICE, lambda session: _add(session, title), command_id=command)
    with pytest.raises(errors.AlreadyDone):
        db.run(ALICE, lambda session: _add(session, title), command_id=command)
    db.run(BOB, lambda session: _add(session, title, BOB), command_id=command)
    assert _count(db, title) == 1


async def test_a_command_is_done_once_with_asyncio(adb: Database) -> None:
    command, title = uuid4(), f"once {uuid4()}"

    async def work(session: AsyncUserSession) -> str:
        session.add(new_task(title))
        return title

    assert await adb.async_run(ALICE, work, command_id=command) == title
    with pytest.raises(errors.AlreadyDone):
        await adb.async_run(ALICE, work, command_id=command)


def test_a_conflict_is_tried_again(db: Database) -> None:
    with db.session(ALICE) as session:
        task = new_task("0")
        session.add(task)
    barrier, attempts = threading.Barrier(2), list[int]()

    def count_up(session: UserSession) -> None:
        found = session.get(Task, (ALICE, task.id))
        assert found is not None
        attempts.append(1)
        if len(attempts) <= 2:
            barrier.wait()
        found.title = str(int(found.title) + 1)

    threads = [
        threading.Thread(
            target=db.run,
            args=(ALICE, count_up),
            kwargs={"isolation": "repeatable read"},
        )
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with db.session(ALICE) as session:
        found = session.get(Task, (ALICE, task.id))
        assert found is not None
        assert found.title == "2"
    assert len(attempts) == 3


def test_a_wrong_row_is_not_tried_again(db: Database) -> None:
    attempts = list[int]()

    def work(session: UserSession) -> None:
        attempts.append(1)
        _add(session, " ")

    with pytest.raises(errors.RuleViolated) as caught:
        db.run(ALICE, work)
    assert caught.value.constraint == "tasks_title_is_not_blank"
    assert len(attempts) == 1


def test_a_full_pool_has_a_type(make_db: MakeDatabase, url: str) -> None:
    db = make_db(url, TODO_POOL_SIZE="1", TODO_POOL_WAIT="0.1")
    with db.session(ALICE) as session:
        session.exec(select(Task)).all()
        with pytest.raises(errors.PoolExhausted), db.session(ALICE) as another:
            another.exec(select(Task)).all()


async def test_a_full_pool_has_a_type_with_asyncio(url: str) -> None:
    db = Database.from_env(environment(url, TODO_POOL_SIZE="1", TODO_POOL_WAIT="0.1"))
    async with db.async_session(ALICE) as session:
        await session.exec(select(Task))
        with pytest.raises(errors.PoolExhausted):
            async with db.async_session(ALICE) as another:
                await another.exec(select(Task))
    await db.aclose()


def test_no_server_at_all_is_unavailable(make_db: MakeDatabase, url: str) -> None:
    db = make_db(url.replace("host=", "host=/nowhere"), TODO_RETRY_BUDGET="0.2")
    with pytest.raises(errors.Unavailable), db.session(ALICE) as session:
        session.exec(select(Task)).all()


def test_a_wrong_password_is_said_at_once(make_db: MakeDatabase, url: str) -> None:
    db = make_db(url.replace("only-for-tests", "sesame"))
    for _ in range(3):
        start = time.monotonic()
        with pytest.raises(errors.StartupError, match="password") as caught:
            db.engine.connect()
        assert "sesame" not in str(caught.value)
    assert time.monotonic() - start < 1.5  # it used to be asked again for two seconds


def test_a_key_that_the_database_does_not_know_is_refused(
    make_db: MakeDatabase, url: str
) -> None:
    db = make_db(url, TODO_SIGNING_KEY=f"1:{'00' * 32}")
    with pytest.raises(errors.IdentityRefused), db.session(ALICE) as session:
        session.exec(select(Task)).all()


def test_limits_hold_for_one_transaction(make_db: MakeDatabase, url: str) -> None:
    db = make_db(url, TODO_STATEMENT_TIMEOUT="0.05")
    with pytest.raises(errors.TooSlow), db.session(ALICE) as session:
        session.execute(text("select pg_sleep(5)"))
    with db.engine.connect() as connection:
        assert connection.execute(text("show statement_timeout")).scalar() == "15s"
