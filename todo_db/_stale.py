"""Which rows of a failed flush somebody else has changed, and in which columns.

The failed transaction can answer no more questions, so the rows are read again in
another one, of the same user.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from sqlalchemy import inspect, select, tuple_
from sqlalchemy.orm.base import LoaderCallableStatus

from .errors import StaleRow

if TYPE_CHECKING:
    from sqlalchemy import Column, Table
    from sqlalchemy.orm import Mapper, Session

_NOT_COMPARED: Final = frozenset({"updated_at"})  # differs whenever anything does


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row as the program had read it.

    Attributes:
        mapper: of its model.
        version: the column by which changes of it are counted.
        identity: its primary key.
        values: attribute by attribute, as far as they had been read.
    """

    mapper: Mapper[Any]
    version: Column[Any]
    identity: tuple[Any, ...]
    values: dict[str, Any]


def rows_as_read(session: Session) -> list[ReadRow]:
    """Return the rows that *session* is about to change, as they were read.

    Only of models whose version the database counts; the others cannot be stale.
    """
    read = []
    for row in (*session.dirty, *session.deleted):
        state = inspect(row)
        version = state.mapper.version_id_col
        if version is not None and state.identity is not None:
            known = {**state.dict, **state.committed_state}
            values = {
                each.key: known[each.key]
                for each in state.mapper.column_attrs
                if each.key in known
                and not isinstance(known[each.key], LoaderCallableStatus)
            }
            read.append(ReadRow(state.mapper, version, state.identity, values))
    return read


def compare(read: Iterable[ReadRow], session: Session) -> tuple[StaleRow, ...]:
    """Return which of the *read* rows are others now, by what *session* reads."""
    by_mapper: dict[Mapper[Any], list[ReadRow]] = {}
    for each in read:
        by_mapper.setdefault(each.mapper, []).append(each)
    found = []
    for mapper, rows in by_mapper.items():
        key = tuple_(*mapper.primary_key)
        wanted = (
            select(mapper)
            .where(key.in_([each.identity for each in rows]))
            .execution_options(include_deleted=True)  # that is where it may be now
        )
        now = {inspect(row).identity: row for row in session.scalars(wanted)}
        found += [_judge(each, now.get(each.identity)) for each in rows]
    return tuple(row for row in found if row is not None)


def _judge(read: ReadRow, now: Any) -> StaleRow | None:
    table = cast("Table", read.mapper.local_table).name
    row_id = read.identity[-1]  # the space comes before it
    if now is None:
        return StaleRow(table, row_id, None, None)
    version = read.mapper.get_property_by_column(read.version).key
    current = getattr(now, version)
    if current == read.values.get(version):
        return None
    changed = (
        name
        for name, value in read.values.items()
        if name not in (version, *_NOT_COMPARED) and getattr(now, name) != value
    )
    return StaleRow(table, row_id, current, frozenset(changed))
