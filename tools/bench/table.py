"""The table of figures: what is wanted of the tables, and what they give.

Beside each figure of ours stands that of the specification's own tables, which protect
nobody, on the same data and in turns; or, where it says so, of our own tables without
row security.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final
from uuid import UUID

import psycopg
from rich.table import Table
from sqlmodel import select

from todo_db import Database
from todo_models import Task
from tools.bench import pgbench
from tools.bench.data import TODAY, WRITERS
from tools.bench.loading import OURS, writable
from tools.bench.pgbench import Run, Script, spoken, token_of, transaction
from tools.bench.place import BYPASS, Place, buffers, explain
from tools.bench.systems import bound, names, parts

BARE: Final = "specification"
ROUNDS: Final = 5
_BULK: Final = 5000  # rows of a bulk insert


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    Args:
        what: is measured.
        unit: of the figures.
        bare: the specification's figure, if it has one.
        ours: our figure.
        most: what ours may be, as *limits* says.
        limits: `ratio` to the specification's figure, or `value`.
    """

    what: str
    unit: str
    bare: float | None
    ours: float
    most: float
    limits: str

    @property
    def ratio(self) -> float | None:
        """Ours to the specification's."""
        return self.ours / self.bare if self.bare else None

    @property
    def is_met(self) -> bool:
        """Whether ours is as wanted."""
        found = self.ratio if self.limits == "ratio" else self.ours
        return found is not None and found <= self.most

    def to_json(self) -> dict[str, Any]:
        """Give all of it as JSON's dictionary."""
        return {**asdict(self), "ratio": self.ratio, "is_met": self.is_met}


def measure(place: Place) -> Iterator[Figure]:
    """Measure line by line."""
    size = _bytes(place)  # before anything is written
    yield _writing(place, "create", "single insert, whole transaction", 2.0)
    yield _writing(place, "complete", "status to done, by id", 1.6)
    yield _bulk(place)
    yield size
    yield _page(place)
    yield _bypassing(place, "project_page", "page of a project, largest space")
    yield _bypassing(place, "create", "single insert")
    for name, what, most in _PAGES:
        for who in dict.fromkeys((place.world.middle, place.world.large)):
            yield _touched(place, name, what, who, most)
    yield _door(place)


def shown(figures: list[Figure]) -> Table:
    """Put *figures* in a table for the terminal."""
    table = Table("", "specification", "ours", "ratio", "wanted", "")
    for column in table.columns[1:]:
        column.justify = "right"
    for each in figures:
        table.add_row(*cells(each))
    return table


def cells(figure: Figure) -> tuple[str, str, str, str, str, str]:
    """Give a figure's line as texts."""
    sign = " times" if figure.limits == "ratio" else f" {figure.unit}"
    return (
        f"{figure.what}, {figure.unit}",
        "" if figure.bare is None else _number(figure.bare),
        _number(figure.ours),
        "" if figure.ratio is None else f"{figure.ratio:.2f}",
        f"≤ {figure.most:g}{sign}",
        "ok" if figure.is_met else "short",
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 50 else f"{value:.3g}"


_PAGES: Final = (
    ("by_status", "by status, newest first", 100),
    ("by_priority", "by priority, newest first", 100),
    ("dashboard", "counts per status", 100),
    ("per_project", "counts per project", 100),
    ("search", "search by a word", 60),
)


def _writing(place: Place, name: str, what: str, most: float) -> Figure:
    """Time a write of one row by pgbench, in turns, two statements a transaction."""
    me = place.world.writer
    times: dict[str, list[float]] = {BARE: [], OURS: []}
    for _ in range(ROUNDS):
        for system, found in times.items():
            preamble = place.preamble(place.world.people[me])
            lines = spoken(preamble) if system == OURS else ["select 1;"]
            query = parts(system).query(name)
            before = ""
            if name == "complete":  # each of the writer's tasks once
                query = query.replace(":task_id", _WRITERS_ID)
                before = "\\set n :n + 1"
            text = transaction(lines, query, writes=True, before=before)
            values = place.values(system, me) | {"n": 0, "token": token_of(preamble)}
            how = Run(place.login(system), count=len(WRITERS) // 2)
            ran = pgbench.run(place, [Script(name, text)], how, values)
            found.append(statistics.median(ran[name]))
            _restore(place, system)
    return _beside(what, "ms", map(statistics.median, times.values()), most)


def _restore(place: Place, system: str) -> None:
    """Let the writer's tasks wait again, and take away what the round left behind."""
    me = place.world.people[place.world.writer]
    reset = parts(system)["reset"].rstrip(";")
    with psycopg.connect(place.url, autocommit=True) as connection:
        connection.execute(bound(reset, {"user_id": me}))
        connection.execute(f"vacuum {'app_data' if system == OURS else 'spec'}.tasks")


def _bulk(place: Place) -> Figure:
    """Time an insert of many rows as superuser, so without policies, but with rules."""
    me = place.world.people[place.world.writer]
    times: dict[str, list[float]] = {BARE: [], OURS: []}
    with psycopg.connect(place.url, autocommit=True) as connection:
        for _ in range(ROUNDS):
            for system, found in times.items():
                values = place.values(system, place.world.writer)
                text = parts(system).query("batch").replace("50)", f"{_BULK})")
                if system == OURS and writable(connection, "tasks", ["created_by"]):
                    text = text.replace("title)", "title, created_by)")
                    text = text.replace("|| i\n", "|| i, :user_id\n")
                with connection.transaction(force_rollback=True):
                    start = time.perf_counter()
                    connection.execute(bound(text, values | {"user_id": me}))
                    found.append((time.perf_counter() - start) / _BULK * 1e6)
    middle = map(statistics.median, times.values())
    return _beside("bulk insert, per row", "µs", middle, 1.5)


def _bytes(place: Place) -> Figure:
    with psycopg.connect(place.url) as connection:
        row = connection.execute(
            "select pg_total_relation_size('spec.tasks')::float8,"
            " pg_total_relation_size('app_data.tasks')::float8,"
            " (select count(*) from spec.tasks)"
        ).fetchone()
    assert row is not None  # noqa: S101 - one row always
    sizes = row[0] / row[2], row[1] / row[2]
    return _beside("size of a task, indexes included", "bytes", sizes, 1.2)


def _page(place: Place) -> Figure:
    """Time the page of the largest space's fullest project by pgbench."""
    me = place.world.large
    times: dict[str, list[float]] = {BARE: [], OURS: []}
    for _ in range(ROUNDS):
        for system, found in times.items():
            preamble = place.preamble(place.world.people[me], read_only=True)
            lines = spoken(preamble) if system == OURS else ["select 1;"]
            query = parts(system).query("project_page")
            text = transaction(lines, query, writes=False)
            values = place.values(system, me) | {"token": token_of(preamble)}
            used = {key: values[key] for key in {*names(query), "token"}}
            how = Run(place.login(system), count=300)
            ran = pgbench.run(place, [Script("page", text)], how, used)
            found.append(statistics.median(ran["page"]))
    middle = map(statistics.median, times.values())
    return _beside("page of a project, largest space", "ms", middle, 1.0)


def _bypassing(place: Place, name: str, what: str) -> Figure:
    """Time a statement beside the same by a role that row security does not bind."""
    writes = name == "create"
    who = place.world.writer if writes else place.world.large
    times: dict[str, list[float]] = {BYPASS: [], "todo_user": []}
    query = parts(OURS).query(name)
    for _ in range(ROUNDS):
        for role, found in times.items():
            preamble = place.preamble(place.world.people[who], read_only=not writes)
            lines = [line.replace("todo_user", role) for line in spoken(preamble)]
            text = transaction(lines, query, writes=writes)
            values = place.values(OURS, who) | {"token": token_of(preamble)}
            used = {key: values[key] for key in {*names(query), "token"}}
            login = place.login(OURS if role == "todo_user" else BARE)
            how = Run(login, count=300)
            ran = pgbench.run(place, [Script(name, text)], how, used)
            found.append(statistics.median(ran[name]))
            if writes:
                _restore(place, OURS)
    middle = map(statistics.median, times.values())
    return _beside(f"{what}, beside a role that bypasses", "ms", middle, 1.15)


def _touched(place: Place, name: str, what: str, who: int, most: float) -> Figure:
    """Count the pages that a query touches, as the app's role."""
    size = place.world.sizes[who]
    counts = []
    for system in (BARE, OURS):
        values = place.values(system, who)
        user_id = values["user_id"]
        assert isinstance(user_id, UUID)  # noqa: S101 - as `values` gives it
        with place.acting(system, user_id) as connection:
            explain(connection, parts(system).query(name), values)  # the catalogue
            plan = explain(connection, parts(system).query(name), values)
        counts.append(float(buffers(plan)))
    bare, ours = counts
    return Figure(f"{what}, space of {size:,}", "buffers", bare, ours, most, "value")


def _door(place: Place) -> Figure:
    """Time a new connection through the runtime beside a plain one of the driver."""
    who = place.world.typical
    query = bound(parts(BARE).query("today"), place.values(BARE, who))
    # Without a pool each session connects; what the first of all asks is asked before.
    db = Database.from_env({**place.environment, "TODO_POOL_SIZE": "0"})

    def plain() -> None:
        with psycopg.connect(place.login(BARE)) as connection:
            connection.execute(query).fetchall()

    def through_session() -> None:
        with db.session(place.world.people[who], read_only=True) as session:
            session.exec(select(Task.id).where(Task.due_date == TODAY)).all()

    through_session()
    times = _in_turns(plain, through_session)
    db.close()
    return _beside("a new connection and its first rows", "ms", times, 1.2)


def _beside(what: str, unit: str, pair: Iterable[float], most: float) -> Figure:
    """Make a line whose limit is a ratio of the specification's figure and ours."""
    bare, ours = pair
    return Figure(what, unit, bare, ours, most, "ratio")


def _in_turns(*variants: Callable[[], None]) -> list[float]:
    found: list[list[float]] = [[] for _ in variants]
    for _ in range(15):
        for variant, times in zip(variants, found, strict=True):
            start = time.perf_counter()
            variant()
            times.append((time.perf_counter() - start) * 1000)
    return [statistics.median(times) for times in found]


_WRITERS_ID: Final = "('c0000000-0000-7000-8000-' || lpad((:n)::text, 12, '0'))::uuid"
