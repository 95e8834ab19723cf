"""Sort keys of a listing: what comes after a row, with directions and nulls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, and_, false, inspect, literal, or_, tuple_
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import UnaryExpression

from .errors import MisuseError

if TYPE_CHECKING:
    from sqlalchemy.sql.elements import ColumnElement


@dataclass(frozen=True, slots=True)
class SortKey:
    """One key.

    Attributes:
        name: the attribute of the model.
        column: what is compared.
        order: what stands in ORDER BY.
        descending: whether large values come first.
        nulls_first: whether nulls do; None for a column that has none.
    """

    name: str
    column: ColumnElement[Any]
    order: ColumnElement[Any]
    descending: bool
    nulls_first: bool | None

    def __str__(self) -> str:
        """Return what a cursor is bound to."""
        return f"{self.name} {self.descending} {self.nulls_first}"

    def reversed(self) -> SortKey:
        """Return the key of the opposite order, which an index reads backwards."""
        descending = not self.descending
        first = None if self.nulls_first is None else not self.nulls_first
        order = self.column.desc() if descending else self.column.asc()
        if first is not None and first is not descending:  # not as PostgreSQL has it
            order = order.nulls_first() if first else order.nulls_last()
        return replace(self, order=order, descending=descending, nulls_first=first)

    def bind(self, value: object) -> ColumnElement[Any]:
        """Return *value* as a parameter of exactly the column's type."""
        return literal(value, self.column.type)

    def equals(self, value: object) -> ColumnElement[bool]:
        """Return the condition of having the value *value*."""
        if value is None:
            return self.column.is_(None)
        return self.column == self.bind(value)

    def follows(self, value: object) -> ColumnElement[bool]:
        """Return the condition of coming later than *value*."""
        if value is None:
            return self.column.is_not(None) if self.nulls_first else false()
        bound = self.bind(value)
        later = self.column < bound if self.descending else self.column > bound
        return or_(later, self.column.is_(None)) if self.nulls_first is False else later


def read_key(key: Any, model: type) -> SortKey:
    """Return the sort key that *key* describes.

    Raises:
        MisuseError: it is no column of *model*, with `.desc()` and the like around it.
    """
    descending, nulls, column = False, None, key
    while isinstance(column, UnaryExpression):
        if column.modifier in (operators.desc_op, operators.asc_op):
            descending = column.modifier is operators.desc_op
        else:
            nulls = column.modifier is operators.nulls_first_op
        column = column.element
    name = getattr(column, "key", None) or ""
    own: Column[Any] | None = inspect(model).columns.get(name)
    if own is None or str(own) != str(getattr(column, "expression", column)):
        raise MisuseError(f"{column} is no column of {model.__name__}")
    # PostgreSQL takes nulls for larger than everything.
    first = (descending if nulls is None else nulls) if own.nullable else None
    return SortKey(name, getattr(model, name), key, descending, first)


def after(keys: Sequence[SortKey], values: Sequence[object]) -> ColumnElement[bool]:
    """Return the condition of coming after the row with these values.

    Keys of one direction without nulls become a comparison of rows, which an index
    answers from the right place on; others become the same in words.
    """
    if len({key.descending for key in keys}) == 1 and not any(
        key.nulls_first is not None for key in keys
    ):
        row = tuple_(*[key.column for key in keys])
        bound = tuple_(*[key.bind(v) for key, v in zip(keys, values, strict=True)])
        return row < bound if keys[0].descending else row > bound
    equal: list[ColumnElement[bool]] = []
    ways = []
    for key, value in zip(keys, values, strict=True):
        ways.append(and_(*equal, key.follows(value)))
        equal.append(key.equals(value))
    return or_(*ways)
