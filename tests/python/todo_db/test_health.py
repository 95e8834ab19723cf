"""Probes answer soon, say why not, and keep secrets."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import ExitStack

import pytest
from sqlmodel import select

from tests.python.todo_db.sample import ALICE, MakeDatabase
from todo_db import Database, MisuseError
from todo_db.health import PoolState
from todo_models import Task


def test_a_good_database_is_ready(db: Database) -> None:
    found = db.ready()
    assert (found.ok, found.reasons, found.pools) == (True, (), {})
    assert found.seconds > 0
    assert db.live().ok


async def test_asyncio_is_ready_too(adb: Database) -> None:
    async with adb.async_session(ALICE) as session:
        await session.exec(select(Task))
        found = await adb.async_ready()
    assert found.ok
    assert found.pools == {"async": PoolState(10, 1, 0, 0)}


def test_no_server_is_a_reason(make_db: MakeDatabase, url: str) -> None:
    db = make_db(url.replace("host=", "host=/nowhere"))
    found = db.ready()
    assert not found.ok
    assert "no answer from the database" in found.reasons[0]
    assert "nowhere" not in found.reasons[0]
    assert found.seconds < 3
    assert db.live().ok


def test_hosts_that_say_nothing_do_not_add_up(make_db: MakeDatabase) -> None:
    """libpq alone would wait two seconds for each of the three."""
    with ExitStack() as stack:
        silent = [stack.enter_context(socket.socket()) for _ in range(3)]
        for host in silent:
            host.bind(("127.0.0.1", 0))
            host.listen()
        hosts = ",".join(f"127.0.0.1:{host.getsockname()[1]}" for host in silent)
        found = make_db(f"postgresql://todo_app:x@{hosts}/todo").ready()
    assert found.reasons == ("no answer from the database within 2 s",)
    assert found.seconds < 4


def test_a_wrong_login_is_a_reason(
    make_db: MakeDatabase, admin_url: str, url: str
) -> None:
    assert "SUPERUSER" in make_db(admin_url).ready().reasons[0]
    found = make_db(url.replace("only-for-tests", "wrong-password")).ready()
    assert not found.ok
    assert "does not take the password" in found.reasons[0]
    assert "wrong-password" not in str(found)


def test_a_full_pool_shows_who_waits(make_db: MakeDatabase, url: str) -> None:
    db = make_db(url, TODO_POOL_SIZE="1", TODO_POOL_WAIT="5")

    def wait() -> None:
        with db.session(ALICE) as session:
            session.exec(select(Task).limit(1)).all()

    with db.session(ALICE) as session:
        session.exec(select(Task).limit(1)).all()
        waiting = threading.Thread(target=wait)
        waiting.start()
        while not db.live().pools["sync"].waiting:
            time.sleep(0.01)
        assert db.ready().ok
        assert db.live().pools == {"sync": PoolState(1, 1, 0, 1)}
    waiting.join()
    assert db.live().pools == {"sync": PoolState(1, 0, 1, 0)}


def test_a_serverless_pool_keeps_nothing(make_db: MakeDatabase, url: str) -> None:
    db = make_db(url, TODO_POOL_SIZE="0")
    for _ in range(2):
        with db.session(ALICE) as session:
            session.exec(select(Task).limit(1)).all()
    assert db.live().pools == {"sync": PoolState(0, 0, 0, 0)}
    with pytest.raises(MisuseError):
        db.session("")
