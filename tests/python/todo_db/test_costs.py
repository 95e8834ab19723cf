"""What todo_db costs an app's process.

Times are printed. Asserted are how many functions are called for a transaction, and how
many modules an import loads, which nothing else on the machine changes; each bound is a
tenth above the count.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import psycopg
import pytest
from psycopg.rows import dict_row
from sqlalchemy import create_engine, inspect, text
from sqlmodel import Session, select
from sqlmodel.sql.expression import SelectOfScalar

from tests.python.todo_db.sample import ALICE, environment, new_task
from todo_db import Database
from todo_db._identity.token import Signer
from todo_db.settings import Settings
from todo_models import Task

_ROUNDS, _REPEATS = 7, 30


@dataclass
class _Cost:
    """Milliseconds of one call, a figure per round."""

    clock: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        on_clock, here = map(statistics.median, (self.clock, self.processor))
        return f"{on_clock:.3f} ms ({here:.3f} ms of it here)"


def _costs(*variants: Callable[[], object]) -> list[_Cost]:
    """Measure what each takes, in turns."""
    costs = [_Cost() for _ in variants]
    for _ in range(_ROUNDS):
        for variant, cost in zip(variants, costs, strict=True):
            start, used = time.perf_counter(), time.process_time()
            for _ in range(_REPEATS):
                variant()
            cost.processor.append((time.process_time() - used) / _REPEATS * 1000)
            cost.clock.append((time.perf_counter() - start) / _REPEATS * 1000)
    return costs


def _calls(work: Callable[[], object]) -> int:
    """Return how many functions of Python and C *work* calls, once all is warm."""
    for _ in range(3):
        work()
    count = 0

    def note(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


@pytest.fixture
def fifty(url: str) -> Iterator[Database]:
    """A database in which Alice has fifty tasks at least."""
    db = Database.from_env(environment(url))
    with db.session(ALICE) as session:
        session.add_all([new_task(f"task {n}") for n in range(50)])
    yield db
    db.close()


def test_a_session_beside_a_plain_session(fifty: Database, url: str) -> None:
    """The plain session does by hand what todo_db does: identity and predicate."""
    engine = create_engine(
        url.replace("postgresql:", "postgresql+psycopg:"), pool_size=1
    )
    signer = Signer(Settings.from_env(environment(url)).key)
    become = text(
        "select set_config('role', 'todo_user', true),"
        " set_config('app.token', :token, true)"
    )

    def nothing() -> SelectOfScalar[Task]:
        """Make the statement, as each request does; one kept would be hashed once."""
        return select(Task).where(Task.title == "none such").limit(1)

    def through_session() -> None:
        with fifty.session(ALICE) as session:
            session.exec(nothing()).all()

    def read_only_session() -> None:
        with fifty.session(ALICE, read_only=True) as session:
            session.exec(nothing()).all()

    def plain() -> None:
        with Session(engine) as session:
            session.execute(become, {"token": signer.for_user(ALICE)})
            session.exec(nothing().where(Task.user_id == ALICE)).all()
            session.commit()

    try:
        ours, reading, by_hand = _costs(through_session, read_only_session, plain)
        calls = [_calls(each) for each in (through_session, read_only_session, plain)]
    finally:
        engine.dispose()
    print(f"transaction: session {ours}, read_only {reading}, by hand {by_hand}")
    print("calls: session {}, read_only {}, by hand {}".format(*calls))
    assert max(calls[:2]) < calls[2] * 1.15  # 1.05


def test_models_beside_rows_of_the_driver(fifty: Database, url: str) -> None:
    key = Settings.from_env(environment(url)).key
    columns = ", ".join(column.name for column in inspect(Task).columns)
    query = f"select {columns} from app.tasks where user_id = %s limit 50"
    with psycopg.connect(url, row_factory=dict_row) as connection:
        signer = Signer(key)

        def rows() -> None:
            with connection.transaction():
                connection.execute(
                    "select set_config('role', 'todo_user', true),"
                    " set_config('app.token', %s, true)",
                    (signer.for_user(ALICE),),
                )
                assert len(connection.execute(query, (ALICE,)).fetchall()) == 50

        def models() -> None:
            with fifty.session(ALICE) as session:
                assert len(session.exec(select(Task).limit(50)).all()) == 50

        as_models, as_rows = _costs(models, rows)
        many, few = _calls(models), _calls(rows)
    print(f"50 tasks: models {as_models}, rows of psycopg {as_rows}")
    print(f"calls: models {many}, rows of psycopg {few}")
    assert many < few * 12.5  # 11.3: SQLModel's own share is the most of it


@pytest.mark.newest
def test_importing_is_not_much_dearer_than_sqlmodel() -> None:
    """Alone, todo_db is lazy; with all that a program uses, it adds a little."""
    texts = {
        "import sqlmodel, psycopg, sqlalchemy.ext.asyncio": list[float](),
        "import todo_db": list[float](),
        "from todo_db import Database; import sqlmodel": list[float](),
    }
    modules = {}
    for _ in range(3):
        for code, found in texts.items():
            seconds, modules[code] = _importing(code)
            found.append(seconds)
    best = [min(found) for found in texts.values()]
    print(
        "; ".join(
            f"{code}: {b * 1000:.0f} ms, {modules[code]} modules"
            for code, b in zip(texts, best, strict=True)
        )
    )
    alone, lazy, whole = modules.values()
    assert lazy < alone * 0.2  # 0.16
    assert whole < alone * 1.4  # 1.33


def _importing(code: str) -> tuple[float, int]:
    """Return the processor time of *code*, and how many modules there are then."""
    clock = "time.process_time()"
    code = (
        f"import time, sys; s = {clock}; {code}; print({clock} - s, len(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    seconds, modules = done.stdout.split()
    return float(seconds), int(modules)
