"""The connection is cut between any two messages of the protocol, in both directions.

Whatever the instant: nothing is lost, nothing is done twice, and whoever is not served
gets an error that is documented for the case. Cuts within a message are in
`test_faults`.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final
from uuid import uuid4

import pytest
from sqlmodel import select

from tests.python.databases import as_app
from tests.python.todo_db.sample import ALICE, environment, new_task
from tests.python.todo_db.wiretap import Wiretap, tapped
from todo_db import AsyncUserSession, Database, UserSession
from todo_db.errors import CommitOutcomeUnknown, TodoError, Unavailable
from todo_models import Task
from tools.postgres.server import Cluster

# Does something with a title, and returns what it has read, if anything.
Act = Callable[[Database, str], list[str] | None]

_READ: Final = select(Task.title).where(Task.title == "always there")


def _add(session: UserSession, title: str) -> None:
    session.add(new_task(title))


def _command(db: Database, title: str) -> None:
    db.run(ALICE, lambda session: _add(session, title), command_id=uuid4())


def _write(db: Database, title: str) -> None:
    db.run(ALICE, lambda session: _add(session, title))


def _write_once(db: Database, title: str) -> None:
    with db.session(ALICE) as session:
        _add(session, title)


def _read(db: Database, _title: str) -> list[str]:
    return db.run(ALICE, lambda session: list(session.exec(_READ).all()))


def _read_only(db: Database, _title: str) -> list[str]:
    return db.run(
        ALICE, lambda session: list(session.exec(_READ).all()), read_only=True
    )


def _read_once(db: Database, _title: str) -> list[str]:
    with db.session(ALICE) as session:
        return list(session.exec(_READ).all())


async def _command_async(db: Database, title: str) -> None:
    async def work(session: AsyncUserSession) -> None:
        session.add(new_task(title))

    await db.async_run(ALICE, work, command_id=uuid4())


# What may become of each, besides success. A read that is over has nothing to lose in
# its COMMIT, but todo_db cannot know that it wrote nothing.
_MAY_FAIL: Final[dict[Act, set[type[TodoError]]]] = {
    _command: set(),
    _read_only: set(),
    _read: {CommitOutcomeUnknown},
    _write: {CommitOutcomeUnknown},
    _write_once: {CommitOutcomeUnknown, Unavailable},
    _read_once: {CommitOutcomeUnknown, Unavailable},
}
# How often what ended so may have been written.
_TIMES: Final[dict[type[TodoError] | None, set[int]]] = {
    None: {1},
    CommitOutcomeUnknown: {0, 1},
    Unavailable: {0},
}


@pytest.fixture(scope="module")
def admin_url(cluster: Cluster, shared_database: str) -> str:
    """The superuser's address of a database with one task that is read."""
    db = Database.from_env(environment(as_app(shared_database)))
    _command(db, "always there")
    db.close()
    return shared_database


@pytest.fixture
def tap(cluster: Cluster) -> Iterator[Wiretap]:
    """A tap in front of the server."""
    with tapped(cluster) as tap:
        yield tap


@pytest.fixture
def tapped_url(admin_url: str, tap: Wiretap) -> str:
    """The app's URL through the tap."""
    return tap.url(as_app(admin_url))


def _there(url: str, mark: str) -> Counter[str]:
    db = Database.from_env(environment(url))
    with db.session(ALICE) as session:
        found = session.exec(select(Task.title).where(Task.title.startswith(mark)))
        count = Counter(found)
    db.close()
    return count


def _messages(db: Database, tap: Wiretap, act: Act) -> dict[str, int]:
    act(db, f"measured {uuid4()}")
    tap.reset()
    act(db, f"measured {uuid4()}")
    return dict(tap.messages)


def _cut_everywhere(
    db: Database, tap: Wiretap, act: Act, mark: str
) -> dict[str, type[TodoError] | None]:
    """Do *act* once for each place to cut at; return what became of each title."""
    # What is done once meets the end of the last cut, which may come late.
    before = _read_only if act in (_read_once, _write_once) else act
    outcome: dict[str, type[TodoError] | None] = {}
    for direction, messages in _messages(db, tap, act).items():
        for place in range(messages + 1):
            title = f"{mark}/{direction}/{place}"
            if db.settings.pool_size:  # the connection must be open
                before(db, "before the cut")
            tap.cut_between(direction, place)
            try:
                found = act(db, title)
                outcome[title] = None
                assert found in (None, ["always there"])
            except TodoError as error:
                outcome[title] = type(error)
            tap.cut()
    return outcome


@pytest.mark.parametrize(
    ("act", "size"),
    [
        *[pytest.param(act, "1", id=act.__name__.strip("_")) for act in _MAY_FAIL],
        pytest.param(_command, "0", id="command_with_log_in"),
    ],
)
def test_nothing_is_lost_or_doubled(
    admin_url: str, tapped_url: str, tap: Wiretap, act: Act, size: str
) -> None:
    db = Database.from_env(environment(tapped_url, TODO_POOL_SIZE=size))
    mark = f"cut {uuid4()}"
    outcome = _cut_everywhere(db, tap, act, mark)
    db.close()
    print(f"{len(outcome)} cuts: {Counter(outcome.values())}")
    # Each of the errors was met, so that the cuts are known to have struck.
    assert set(outcome.values()) == {None, *_MAY_FAIL[act]}
    there = _there(as_app(admin_url), mark)
    if act in (_command, _write, _write_once):
        for title, error in outcome.items():
            assert there[title] in _TIMES[error], (title, error)
    else:
        assert not there


def test_nothing_is_with_asyncio(admin_url: str, tapped_url: str, tap: Wiretap) -> None:
    mark, runner = f"cut {uuid4()}", asyncio.Runner()
    db = Database.from_env(environment(tapped_url, TODO_POOL_SIZE="1"))

    def act(db: Database, title: str) -> None:
        runner.run(_command_async(db, title))

    with runner:
        outcome = _cut_everywhere(db, tap, act, mark)
        runner.run(db.aclose())
    assert set(outcome.values()) == {None}
    assert _there(as_app(admin_url), mark) == Counter(list(outcome))
