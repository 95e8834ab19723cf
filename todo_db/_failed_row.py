"""Which row of a batch broke a rule, asked of the database when the batch has failed.

PostgreSQL names the constraint, and under row-level security nothing of the row. So the
rows are laid beside the constraint once more, in a transaction that only reads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Computed,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    and_,
    cast,
    column,
    exists,
    inspect,
    literal_column,
    or_,
    select,
    values,
)

if TYPE_CHECKING:
    from sqlalchemy.orm import Session
    from sqlalchemy.sql.selectable import Subquery

_NUMBER = "number_in_batch"


@dataclass(frozen=True, slots=True)
class Batch:
    """What was sent.

    Attributes:
        model: the class of the table.
        rows: names of columns and values, the same names in each.
        numbers: of each in what the caller gave, counted from 0.
        stored: whether the rows are changed, not made.
    """

    model: type[Any]
    rows: Sequence[Mapping[str, Any]]
    numbers: Sequence[int]
    stored: bool


def find(session: Session, batch: Batch, constraint: str) -> int | None:
    """Return the number of the first row that breaks *constraint*.

    Args:
        session: of the same person.
        batch: what was sent.
        constraint: the name of a check, a key or a reference; for others None.
    """
    table: Table = inspect(batch.model).local_table
    rule = next((each for each in table.constraints if each.name == constraint), None)
    if rule is None:
        return None
    rows = _candidates(table, batch)
    broken: ColumnElement[bool]
    if isinstance(rule, CheckConstraint):
        broken = literal_column(f"not ({rule.sqltext})")
    elif isinstance(rule, ForeignKeyConstraint):
        broken = _leads_nowhere(rows, rule)
    elif isinstance(rule, PrimaryKeyConstraint | UniqueConstraint):
        broken = _is_taken(table, rows, [each.name for each in rule.columns])
    else:
        return None
    number = rows.c[_NUMBER]
    asked = select(number).where(broken).order_by(number).limit(1)
    found: int | None = session.connection().execute(asked).scalar()
    return found


def _candidates(table: Table, batch: Batch) -> Subquery:
    """The rows as they would be: what was not given is as stored, or the default."""
    names = list(batch.rows[0])
    sent = values(
        column(_NUMBER, Integer),
        *[column(name, table.c[name].type) for name in names],
        name="sent",
    ).data(
        [
            (number, *(row[name] for name in names))
            for number, row in zip(batch.numbers, batch.rows, strict=True)
        ]
    )
    defaults = getattr(batch.model, "__defaults__", {})
    plain = select(sent.c[_NUMBER])
    generated = []
    for each in table.columns:
        if isinstance(each.server_default, Computed):
            words = str(each.server_default.sqltext)
            generated.append(literal_column(words, each.type).label(each.name))
        elif each.name in names:
            plain = plain.add_columns(
                cast(sent.c[each.name], each.type).label(each.name)
            )
        elif batch.stored:
            plain = plain.add_columns(each)
        else:
            default = cast(defaults.get(each.name), each.type)
            plain = plain.add_columns(default.label(each.name))
    if batch.stored:
        plain = plain.join_from(sent, table, table.c.id == sent.c.id)
    whole = plain.subquery("plain")
    return select(whole, *generated).subquery("candidates")


def _leads_nowhere(
    rows: Subquery, reference: ForeignKeyConstraint
) -> ColumnElement[bool]:
    pairs = [(rows.c[each.parent.name], each.column) for each in reference.elements]
    target = reference.referred_table
    there = exists().select_from(target).where(and_(*[a == b for a, b in pairs]))
    return and_(*[own.is_not(None) for own, _ in pairs], ~there)


def _is_taken(
    table: Table, rows: Subquery, names: Sequence[str]
) -> ColumnElement[bool]:
    """Whether a stored row, or an earlier one of the batch, has the same key."""
    stored, earlier = table.alias("stored"), rows.alias("earlier")
    known = [stored.c[name] == rows.c[name] for name in names]
    if "id" not in names:
        known.append(stored.c.id != rows.c.id)
    before = [earlier.c[name] == rows.c[name] for name in names]
    return or_(
        exists().select_from(stored).where(and_(*known)),
        exists()
        .select_from(earlier)
        .where(and_(*before, earlier.c[_NUMBER] < rows.c[_NUMBER])),
    )
