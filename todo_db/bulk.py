"""Many rows in one statement: created, or patched each with values of its own.

    tasks = create_many(session, Task, [{"title": "a", "project_id": p}, …])
    tasks = patch_many(session, Task, [{"id": a, "version": 3, "position": "V"}, …])

With an `AsyncSession`: `await session.run_sync(create_many, Task, rows)`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast
from uuid import UUID

from sqlalchemy import and_, column, insert, inspect, select, update, values
from sqlmodel import SQLModel

from .errors import MisuseError, NotFound, StaleRow, StaleVersion
from .ids import new_id
from .session import UserSession

if TYPE_CHECKING:
    from sqlalchemy.orm import Session
    from sqlalchemy.sql.selectable import Values

M = TypeVar("M", bound=SQLModel)

LARGEST: Final = 1000  # rows; more is an import, to be cut into pieces by the caller


def create_many(
    session: Session, model: type[M], rows: Sequence[Mapping[str, Any]]
) -> list[M]:
    """Insert *rows* and return them as the database has them, in the same order.

    Args:
        session: whose rows they are.
        model: the table.
        rows: column names and values, the same columns in each; the space is filled
            in, and so is a missing id.

    Raises:
        MisuseError: the columns differ, or there are too many rows.
    """
    owner = cast(UserSession, session).user_id
    complete = [{"user_id": owner, "id": new_id(), **row} for row in _same(rows)]
    if not complete:
        return []
    statement = insert(model).returning(model)
    made = {_id(row): row for row in session.scalars(statement, complete)}
    return [made[row["id"]] for row in complete]


def patch_many(
    session: Session, model: type[M], patches: Sequence[Mapping[str, Any]]
) -> list[M]:
    """Change rows by id, each to values of its own, and return them in the same order.

    Args:
        session: whose rows they are.
        model: the table.
        patches: column names and values, the same columns in each: the `id`, what is
            to be changed, and the `version` that was read, if it must still be that.

    Raises:
        MisuseError: the columns differ, there is no id, or one comes twice.
        NotFound: there is no such row; nothing is changed then.
        StaleVersion: a row has another version, or is gone; nothing is changed then.
    """
    if not _same(patches):
        return []
    if "id" not in patches[0] or len({p["id"] for p in patches}) != len(patches):
        raise MisuseError("each patch has an id of its own")
    wanted: list[UUID] = [patch["id"] for patch in patches]
    columns = inspect(model).columns
    names = list(patches[0])
    table = _table([column(name, columns[name].type) for name in names], patches)
    keys = [name for name in ("id", "version") if name in names]
    statement = (
        update(model)
        .where(and_(*[columns[name] == table.c[name] for name in keys]))
        .values({name: table.c[name] for name in names if name not in keys})
        .returning(model)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    changed = {_id(row): row for row in session.scalars(statement)}
    if missing := [each for each in wanted if each not in changed]:
        text = f"{len(missing)} of {len(wanted)} rows are not as they were read"
        if "version" not in names:
            raise NotFound(text)
        failure = StaleVersion(text)
        failure.rows = _current(session, model, missing)
        raise failure
    return [changed[each] for each in wanted]


def _same(rows: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    if len(rows) > LARGEST:
        raise MisuseError(f"a batch has {LARGEST} rows at most")
    if any(row.keys() != rows[0].keys() for row in rows):
        raise MisuseError("the rows of a batch have the same columns")
    return rows


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
