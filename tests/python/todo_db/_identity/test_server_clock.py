"""The app's clock may be wrong, by any amount: the server's is the one that counts."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
from sqlmodel import select

from tests.python.todo_db.sample import ALICE, BOB, environment, new_task
from todo_db import Database, UserSession, accounts, errors
from todo_models import Task

YEARS = 3 * 365 * 86400.0


def turn(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Set this machine's clock ahead, for todo_db alone."""
    true = time.time
    monkeypatch.setattr(
        "todo_db._identity.server_clock.time.time", lambda: true() + seconds
    )


def read(db: Database) -> None:
    with db.session(ALICE) as session:
        session.add(new_task("now"))
        session.flush()
        assert {task.user_id for task in session.exec(select(Task))} == {ALICE}


@pytest.mark.parametrize("skew", [-YEARS, -700, -61, 61, 700, YEARS])
def test_a_wrong_clock_is_allowed_for(
    db: Database, monkeypatch: pytest.MonkeyPatch, skew: float
) -> None:
    turn(monkeypatch, skew)
    read(db)
    assert db.auth(accounts.log_in(email="nobody@example.org", password="x")) is None


async def test_and_by_asyncio(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    turn(monkeypatch, -YEARS)
    db = Database.from_env(environment(url))
    async with db.async_session(BOB) as session:
        session.add(new_task("now", BOB))
        await session.flush()
        assert {task.user_id for task in await session.exec(select(Task))} == {BOB}
    await db.aclose()


@pytest.mark.parametrize("step", [-YEARS, -61, 661, YEARS])
def test_a_clock_that_is_set_meanwhile_costs_one_error_at_most(
    db: Database, monkeypatch: pytest.MonkeyPatch, step: float
) -> None:
    read(db)
    turn(monkeypatch, -step)
    # The pool replaces a connection that looks old by the new time, which is no error.
    with suppress(errors.IdentityRefused):
        read(db)
    read(db)
    read(db)


def test_run_hides_even_that(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    read(db)
    turn(monkeypatch, 700)
    turned = []

    def work(session: UserSession) -> None:
        turned.append(True)
        session.exec(select(Task).limit(1)).all()

    db.run(ALICE, work)
    assert len(turned) == 2, "the first attempt had the old time"


def test_a_wrong_key_is_refused_after_a_second_look(url: str) -> None:
    key = {"TODO_SIGNING_KEY": f"1:{'00' * 32}"}
    db, tried = Database.from_env(environment(url, **key)), []

    def work(session: UserSession) -> None:
        tried.append(True)
        session.exec(select(Task)).all()

    with pytest.raises(errors.IdentityRefused):
        db.run(ALICE, work)
    assert len(tried) == 2
    db.close()


def test_the_clock_is_not_read_for_every_connection(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from todo_db._identity import server_clock

    asked = []
    monkeypatch.setattr(server_clock, "_ASK", server_clock._ASK + " /* asked */")
    db = Database.from_env(environment(url, TODO_POOL_SIZE="0"))
    real = server_clock.ServerClock.read

    def counting(self: server_clock.ServerClock, connection: object) -> None:
        before = self._read_at
        real(self, connection)  # type: ignore[arg-type]
        asked.append(self._read_at != before)

    monkeypatch.setattr(server_clock.ServerClock, "read", counting)
    for _ in range(5):
        read(db)
    assert asked == [True, False, False, False, False]
