"""A standby takes over: what was confirmed is there, and todo_db finds the way."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from functools import partial
from urllib.parse import quote
from uuid import uuid4

import pytest
from sqlmodel import select

from tests.python.todo_db.sample import ALICE, MakeDatabase, fill, new_task
from tests.python.todo_db.standby import SETTINGS, promote, standing_by
from todo_db.session import UserSession
from todo_models import Task
from tools.postgres.server import Cluster, throwaway


@pytest.fixture(scope="module")
def primary() -> Iterator[Cluster]:
    """A cluster that can be followed, and confirms only what is written."""
    with throwaway(settings={**SETTINGS, "synchronous_commit": "on"}) as cluster:
        yield cluster


def test_a_promoted_standby_takes_over_within_a_transaction_s_patience(
    primary: Cluster, make_db: MakeDatabase
) -> None:
    url = fill(primary)
    with standing_by(primary, synchronous=True) as standby:
        hosts = ",".join(quote(str(each.socket)) for each in (primary, standby))
        db = make_db(
            url.replace(quote(str(primary.socket)), hosts), TODO_RETRY_BUDGET="30"
        )
        over, done = threading.Event(), list[str]()

        def add(session: UserSession, title: str) -> None:
            session.add(new_task(title))

        def write(writer: int) -> None:
            number = 0
            while not over.is_set():
                title = f"{writer}/{number}"
                db.run(ALICE, partial(add, title=title), command_id=uuid4())
                done.append(title)
                number += 1

        writers = [threading.Thread(target=write, args=(n,)) for n in range(3)]
        for writer in writers:
            writer.start()
        while len(done) < 30:
            time.sleep(0.05)
        primary.stop(signal.SIGQUIT)
        confirmed = len(done)
        promote(standby)
        while len(done) < confirmed + 30:
            time.sleep(0.05)
        over.set()
        for writer in writers:
            writer.join()
        with db.session(ALICE) as session:
            there = [t for t in session.exec(select(Task.title)) if "/" in t]
        assert sorted(there) == sorted(done)
        db.close()
