"""Many rows in one statement: created, or patched each with values of its own.

    tasks = create_many(session, Task, [TaskCreate(project_id=p, title="a"), …])
    tasks = create_many(session, Task, [{"title": "a", "project_id": p}, …])
    tasks = patch_many(session, Task, [(task, TaskUpdate(priority=1)), …])
    tasks = patch_many(session, Task, [{"id": a, "version": 3, "position": "V"}, …])

With an `AsyncSession`: `await session.run_sync(create_many, Task, rows)`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar, cast
from uuid import UUID

from sqlalchemy import and_, column, insert, inspect, select, update, values
from sqlmodel import SQLModel

from ._failed_row import Batch
from .errors import MisuseError, NotFound, StaleRow, StaleVersion, TodoError
from .ids import new_id
from .session import UserSession

if TYPE_CHECKING:
    from sqlalchemy.orm import Session
    from sqlalchemy.sql.selectable import Values


class Input(Protocol):
    """A `…Create` or `…Update` of `todo_models`."""

    def given(self) -> dict[str, Any]:
        """Return the values that were given, by name."""


M = TypeVar("M", bound=SQLModel)

LARGEST: Final = 1000  # rows; more is an import, to be cut into pieces by the caller


def create_many(
    session: Session, model: type[M], rows: Sequence[Mapping[str, Any] | Input]
) -> list[M]:
    """Insert *rows* and return them as the database has them, in the same order.

    Rows that give the same columns go in one statement.

    Args:
        session: whose rows they are.
        model: the table.
        rows: each a `…Create`, or column names and values; the space is filled in, and
            so is a missing id.

    Raises:
        MisuseError: there are too many rows, or one has a column that the table has
            not, or that the database keeps; the text names the row.
        TodoError: the database refuses a row; `row` is its number, counted from 0, told
            when the session has ended.
    """
    owner = cast(UserSession, session).user_id
    may = getattr(model, "__insert__", None)
    given = [row if isinstance(row, Mapping) else row.given() for row in rows]
    complete = [{"user_id": owner, "id": new_id(), **row} for row in given]
    _check(model, complete, may)
    made: dict[UUID, M] = {}
    for batch in _batches(model, complete, stored=False):
        with _told(session, batch):
            statement = insert(model).returning(model)
            found = session.scalars(statement, list(batch.rows))
            made.update((_id(row), row) for row in found)
    return [made[row["id"]] for row in complete]


def patch_many(
    session: Session,
    model: type[M],
    patches: Sequence[Mapping[str, Any] | tuple[M | UUID, Input]],
) -> list[M]:
    """Change rows by id, each to values of its own, and return them in the same order.

    Rows of which the same columns change go in one statement.

    Args:
        session: whose rows they are.
        model: the table.
        patches: each a row and its `…Update`, and then the row must still be as it was
            read; or an id and the `…Update`; or column names and values: the `id`, what
            is to be changed, and the `version` that was read, if it must still be that.

    Raises:
        MisuseError: there are too many, there is no id, one comes twice, or one has a
            column that the table has not, or that the database keeps.
        NotFound: there is no such row; end the session, and nothing is changed.
        StaleVersion: a row has another version, or is gone; the same.
        TodoError: the database refuses a row; `row` is its number, counted from 0, told
            when the session has ended.
    """
    rows = [each if isinstance(each, Mapping) else _patch(*each) for each in patches]
    if not all("id" in row for row in rows) or len({r["id"] for r in rows}) < len(rows):
        raise MisuseError("each patch has an id of its own")
    may = getattr(model, "__update__", None)
    _check(model, rows, None if may is None else may | {"id", "version"})
    changed: dict[UUID, M] = {}
    for batch in _batches(model, rows, stored=True):
        with _told(session, batch):
            found = session.scalars(_update(model, batch.rows))
            changed.update((_id(row), row) for row in found)
    missing = [row for row in rows if row["id"] not in changed]
    if missing:
        text = f"{len(missing)} of {len(rows)} rows are not as they were read"
        kind = StaleVersion if any("version" in row for row in missing) else NotFound
        failure = kind(text)
        failure.row = rows.index(missing[0])
        if isinstance(failure, StaleVersion):
            failure.rows = _current(session, model, [row["id"] for row in missing])
        raise failure
    return [changed[row["id"]] for row in rows]


def _update(model: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> Any:
    columns, names = inspect(model).columns, list(rows[0])
    table = _table([column(name, columns[name].type) for name in names], rows)
    keys = [name for name in ("id", "version") if name in names]
    return (
        update(model)
        .where(and_(*[columns[name] == table.c[name] for name in keys]))
        .values({name: table.c[name] for name in names if name not in keys})
        .returning(model)
        .execution_options(synchronize_session=False, populate_existing=True)
    )


def _patch(row: Any, change: Input) -> dict[str, Any]:
    if isinstance(row, UUID):
        return {"id": row, **change.given()}
    version = getattr(row, "version", None)
    known = {"id": row.id} if version is None else {"id": row.id, "version": version}
    return {**known, **change.given()}


def _check(
    model: type[SQLModel],
    rows: Sequence[Mapping[str, Any]],
    may: frozenset[str] | None,
) -> None:
    if len(rows) > LARGEST:
        raise MisuseError(f"a batch has {LARGEST} rows at most")
    table = inspect(model).columns.keys()
    for number, row in enumerate(rows):
        for name in row.keys() - (table if may is None else may):
            why = "the database keeps" if name in table else "there is no column"
            raise MisuseError(f"row {number} of {model.__name__}: {why} {name!r}")


def _batches(
    model: type[SQLModel], rows: Sequence[Mapping[str, Any]], *, stored: bool
) -> Iterator[Batch]:
    """Part *rows* by the columns that they give."""
    parts: dict[frozenset[str], list[int]] = {}
    for number, row in enumerate(rows):
        parts.setdefault(frozenset(row), []).append(number)
    for numbers in parts.values():
        yield Batch(model, [rows[number] for number in numbers], numbers, stored)


@contextmanager
def _told(session: Session, batch: Batch) -> Iterator[None]:
    """Let the session tell which row of *batch* it was, if it fails."""
    try:
        yield
    except TodoError as error:
        cast(UserSession, session).failed_batch = (error, batch)
        raise


def _table(columns: list[Any], rows: Sequence[Mapping[str, Any]]) -> Values:
    data = [tuple(row[each.name] for each in columns) for row in rows]
    return values(*columns, name="patch").data(data)


def _current(
    session: Session, model: type[SQLModel], ids: Sequence[UUID]
) -> tuple[StaleRow, ...]:
    mapper = inspect(model)
    columns, table = mapper.columns, str(mapper.local_table.name)
    asked = select(columns["id"], columns["version"]).where(columns["id"].in_(ids))
    found = {row_id: version for row_id, version in session.execute(asked)}
    return tuple(StaleRow(table, each, found.get(each), None) for each in ids)


def _id(row: object) -> UUID:
    return cast(UUID, row.id)  # type: ignore[attr-defined]
