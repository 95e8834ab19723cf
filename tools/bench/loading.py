"""Fills a database with a `World`, by COPY, and from there each system's tables.

Each step is a transaction that notes itself in bench.steps, so that a load that was cut
off goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

import psycopg
from psycopg import sql
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from tools import migrate
from tools.bench.data import PIECE, WRITERS, Row, World, writer_id
from tools.bench.systems import bound, parts, staging
from tools.console import err

OURS: Final = "todo_db"
Work = Callable[[psycopg.Connection], None]
Step = tuple[str, Work]


def load(
    url: str, world: World, systems: Sequence[str], *, writer: bool = True
) -> None:
    """Bring the database at *url*, as superuser, to hold *world* in *systems*.

    Args:
        systems: names of files below tools/bench/sql.
        writer: whether the tasks that the table of figures writes are wanted.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        if OURS in systems:
            migrate.apply(url)
        connection.execute("set synchronous_commit = off")
        connection.execute("set maintenance_work_mem = '256MB'")
        if _missing(connection, "bench.steps"):
            connection.execute(staging().encode())
        done = {name for (name,) in connection.execute("select name from bench.steps")}
        wanted = _steps(world, systems, writer)
        todo = [step for step in wanted if step[0] not in done]
        for name, work in _with_bar(todo):
            with connection.transaction():
                work(connection)
                connection.execute("insert into bench.steps values (%s)", (name,))
        if todo:
            connection.execute("vacuum (analyze)")
            connection.execute("checkpoint")


def _with_bar(steps: Sequence[Step]) -> Iterator[Step]:
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("loading", total=len(steps))
        for step in steps:
            bar.update(task, description=f"loading: {step[0]:<28}")
            yield step
            bar.advance(task)


def _steps(world: World, systems: Sequence[str], writer: bool) -> Iterator[Step]:
    yield "people", _copying("people", world.people_rows)
    yield "projects", _copying("projects", world.project_rows)
    yield "tags", _copying("tags", world.tag_rows)
    for piece in range(world.pieces):
        yield f"tasks {piece}", _copying_tasks(world, piece)
    for system in systems:
        yield f"{system}: people", _filling(system)
        if system == OURS or parts(system).get("piece"):
            for piece in range(world.pieces):
                yield f"{system}: tasks {piece}", _filling(system, piece)
        if writer and (system == OURS or parts(system).get("writer")):
            yield f"{system}: writer", _writing(world, system)
        yield f"{system}: counts", _settling(system)


def _copying(table: str, rows: Callable[[], Iterator[Row]]) -> Work:
    def work(connection: psycopg.Connection) -> None:
        _copy(connection, table, rows())

    return work


def _copy(connection: psycopg.Connection, table: str, rows: Iterator[Row]) -> None:
    text = sql.SQL("copy {} from stdin").format(sql.Identifier("bench", table))
    with connection.cursor().copy(text) as copy:
        for row in rows:
            copy.write_row(row)


def _copying_tasks(world: World, piece: int) -> Work:
    def work(connection: psycopg.Connection) -> None:
        marks: list[Row] = []
        with connection.cursor().copy("copy bench.tasks from stdin") as copy:
            for line, more in world.task_rows(piece):
                copy.write(line)
                marks += more
        _copy(connection, "task_tags", iter(marks))
        if piece == world.pieces - 1:
            connection.execute("create index on bench.tasks (person, n)")
            connection.execute("analyze bench.tasks, bench.task_tags")

    return work


def _filling(system: str, piece: int | None = None) -> Work:
    """Fill tables without triggers and reference checks: the rows are made right."""

    def work(connection: psycopg.Connection) -> None:
        connection.execute("set local session_replication_role = replica")
        if piece is not None:
            limits = {"low": piece * PIECE, "high": (piece + 1) * PIECE}
            _execute(connection, _piece(connection, system), limits)
            return
        _execute(connection, parts(system).get("tables"), {})
        _execute(connection, _load(connection, system), {})

    return work


def _writing(world: World, system: str) -> Work:
    """Make the tasks that are completed one by one."""

    def work(connection: psycopg.Connection) -> None:
        me = world.people[world.writer]
        connection.execute("set local session_replication_role = replica")
        text = _writer(connection, system)
        with connection.pipeline():
            for n in WRITERS:
                values = {"user_id": me, "id": writer_id(n)}
                _execute(connection, text, values)

    return work


def _settling(system: str) -> Work:
    """Make what triggers would have kept: counts, for instance."""

    def work(connection: psycopg.Connection) -> None:
        _execute(connection, parts(system).get("settle"), {})

    return work


def _execute(
    connection: psycopg.Connection, text: str, values: Mapping[str, object]
) -> None:
    if text:
        for statement in text.split(";\n") if values else [text]:
            if statement.strip().strip(";"):
                connection.execute(bound(statement, values))


def _missing(connection: psycopg.Connection, table: str) -> bool:
    row = connection.execute("select to_regclass(%s) is null", (table,)).fetchone()
    return bool(row and row[0])


# Our tables change while they are tuned, so their columns are asked of the catalogue:
# what is named here and is there is filled, the rest has its default.
_OURS: Final[dict[str, tuple[dict[str, str], str]]] = {
    "users": (
        {
            "id": "u.id",
            "email": "'user' || u.n || '@example.org'",
            "password_hash": "'$argon2id$v=19$m=65536,t=3,p=4$'"
            " || repeat('A', 22) || '$' || repeat('A', 43)",
            "email_verified_at": "now()",
        },
        "bench.people as u",
    ),
    "user_preferences": ({"user_id": "u.id"}, "bench.people as u"),
    "projects": (
        {"user_id": "u.id", "id": "p.id", "name": "p.name"},
        "bench.projects as p inner join bench.people as u on p.person = u.n",
    ),
    "tags": (
        {"user_id": "u.id", "id": "t.id", "name": "t.name"},
        "bench.tags as t inner join bench.people as u on t.person = u.n",
    ),
}
_OUR_TASKS: Final = {
    "user_id": "u.id",
    "id": "t.id",
    "project_id": "p.id",
    "parent_id": "a.id",
    "depth": "case when t.parent is null then 0 else 1 end",
    "title": "t.title",
    "description": "t.description",
    "status": "t.status",
    "priority": "t.priority",
    "due_date": "t.due",
    "created_by": "u.id",
    "completed_at": "to_timestamp(t.done)",
    "deleted_at": "case when t.trashed then to_timestamp(t.made) end",
    "deletion_id": "case when t.trashed then t.id end",
    "created_at": "to_timestamp(t.made)",
    "updated_at": "to_timestamp(coalesce(t.done, t.made))",
}
_FROM_TASKS: Final = """\
bench.tasks as t
inner join bench.people as u on t.person = u.n
inner join bench.projects as p on t.project = p.n
left join bench.tasks as a on t.parent = a.n
where t.n >= :low and t.n < :high
order by t.n"""
_OUR_WRITER: Final = {
    "user_id": ":user_id",
    "id": ":id",
    "project_id": ":user_id",
    "title": "'a task that waits'",
    "created_by": ":user_id",
}
_OUR_MARKS: Final = {"user_id": "u.id", "task_id": "t.id", "tag_id": "g.id"}
_FROM_MARKS: Final = """\
bench.task_tags as m
inner join bench.tasks as t on m.task = t.n
inner join bench.people as u on t.person = u.n
inner join bench.tags as g on m.tag = g.n
where m.task >= :low and m.task < :high"""


def _load(connection: psycopg.Connection, system: str) -> str:
    if system != OURS:
        return parts(system).get("load")
    return "".join(
        _insert(connection, table, columns, source)
        for table, (columns, source) in _OURS.items()
    )


def _piece(connection: psycopg.Connection, system: str) -> str:
    if system != OURS:
        return parts(system)["piece"]
    return _insert(connection, "tasks", _OUR_TASKS, _FROM_TASKS) + _insert(
        connection, "task_tags", _OUR_MARKS, _FROM_MARKS
    )


def _writer(connection: psycopg.Connection, system: str) -> str:
    if system != OURS:
        return parts(system)["writer"]
    return _insert(connection, "tasks", _OUR_WRITER, "(values (1)) as one (n)")


def _insert(
    connection: psycopg.Connection, table: str, wanted: dict[str, str], source: str
) -> str:
    names = writable(connection, table, wanted)
    values = ", ".join(wanted[name] for name in names)
    return (
        f"insert into app_data.{table} ({', '.join(names)})\nselect {values}\n"
        f"from {source};\n"
    )


def writable(
    connection: psycopg.Connection, table: str, wanted: Iterable[str]
) -> list[str]:
    """Give those of *wanted* that are columns of ours which an insert may name."""
    found = connection.execute(
        "select attname from pg_attribute where attrelid = %s::regclass"
        " and attnum > 0 and not attisdropped and attgenerated = ''",
        (f"app_data.{table}",),
    ).fetchall()
    names = {name for (name,) in found}
    return [name for name in wanted if name in names]
