"""The sequences behind columns: of identities, of serial keys, of other defaults."""

from __future__ import annotations

import re
from typing import Final, Literal

from sqlalchemy import Identity

from tools.codegen.facts import Column, Facts, Relation, Sequence
from tools.codegen.pgtypes import ROWS
from tools.codegen.source import Code, literal

Use = Literal["identity", "serial", "default"]

_NEXT: Final = re.compile(r"nextval\('(?:[^']|'')*'::regclass\)")


def use(table: Relation, column: Column, facts: Facts) -> Use | None:
    """Say how *column* draws on a sequence; None if it does not, or in some sum.

    Only an integer key whose sequence is as SERIAL makes it is serial: SQLAlchemy has
    no other way to say that a sequence belongs to a column.
    """
    if column.identity:
        return "identity"
    sequence = facts.sequences.get(column.sequence or "")
    if sequence is None or not _NEXT.fullmatch(column.default or ""):
        return None
    is_serial = (
        column.name == _first_serial(table, facts)
        and sequence.owner == (table.name, column.name)
        and sequence.address == f"{table.address}_{column.name}_seq"
        and sequence.type == column.type.name
        and not _options(sequence)
    )
    return "serial" if is_serial else "default"


def _first_serial(table: Relation, facts: Facts) -> str | None:
    """The column of the key that SQLAlchemy may number: it numbers one at most."""
    for name in table.primary_key:
        column = table.column(name)
        if column.identity or column.sequence in facts.sequences:
            return None if column.identity else name
    return None


def identity(column: Column, facts: Facts) -> Identity:
    """Give the identity of a column with all its options."""
    sequence = facts.sequences[str(column.sequence)]
    return Identity(
        always=column.identity == "a",
        start=sequence.start,
        increment=sequence.increment,
        minvalue=sequence.minimum,
        maxvalue=sequence.maximum,
        cycle=sequence.cycles,
        cache=sequence.cache,
    )


def code(sequence: Sequence) -> Code:
    """Write a sequence of its own."""
    type_ = ROWS[sequence.type].sqlalchemy or Code(sequence.type)
    options = [f"{key}={value}" for key, value in _options(sequence).items()]
    arguments = [
        literal(sequence.name),
        f"schema={literal(sequence.schema)}",
        f"data_type={type_.text}",
        *options,
    ]
    return Code(
        f"Sequence({', '.join(arguments)})",
        type_.imports | {"from sqlalchemy import Sequence"},
    )


def _options(sequence: Sequence) -> dict[str, object]:
    """What deviates from a sequence that is made without options."""
    largest = 2 ** (ROWS[sequence.type].bits - 1)
    rises = sequence.increment > 0
    given = {
        "start": (sequence.start, sequence.minimum if rises else sequence.maximum),
        "increment": (sequence.increment, 1),
        "minvalue": (sequence.minimum, 1 if rises else -largest),
        "maxvalue": (sequence.maximum, largest - 1 if rises else -1),
        "cache": (sequence.cache, 1),
        "cycle": (sequence.cycles, False),
    }
    return {key: one for key, (one, usual) in given.items() if one != usual}
