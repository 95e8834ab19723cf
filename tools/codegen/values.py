"""Values within a translated expression: their Python code, kind and nullness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from tools.codegen.facts import Type

Kind = Literal[
    "text",
    "blank-padded",
    "integer",
    "numeric",
    "float",
    "boolean",
    "date",
    "time",
    "timestamp",
    "instant",
    "duration",
    "uuid",
    "bytes",
    "json",
    "array",
    "unknown",
]
BOOLEAN: Final = "boolean"

_KINDS: Final[dict[str, Kind]] = {
    "text": "text",
    "varchar": "text",
    "character varying": "text",
    "bpchar": "blank-padded",
    "character": "blank-padded",
    "int2": "integer",
    "int4": "integer",
    "int8": "integer",
    "smallint": "integer",
    "integer": "integer",
    "bigint": "integer",
    "numeric": "numeric",
    "float4": "float",
    "float8": "float",
    "real": "float",
    "double precision": "float",
    "bool": "boolean",
    "boolean": "boolean",
    "date": "date",
    "time": "time",
    "time without time zone": "time",
    "timestamp": "timestamp",
    "timestamp without time zone": "timestamp",
    "timestamptz": "instant",
    "timestamp with time zone": "instant",
    "interval": "duration",
    "uuid": "uuid",
    "bytea": "bytes",
    "json": "json",
    "jsonb": "json",
}
_ORDERED: Final[frozenset[Kind]] = frozenset(
    {
        "integer",
        "numeric",
        "float",
        "date",
        "time",
        "timestamp",
        "instant",
        "duration",
        "boolean",
        "uuid",
        "bytes",
    }
)


@dataclass(frozen=True, slots=True)
class Value:
    """A value, written for the case that none of the conditions in *nulls* holds.

    Attributes:
        column, constant: whether it is one, and no more than that.
        wide: of an integer, whether it is a bigint, in which PostgreSQL computes then.
    """

    code: str
    kind: Kind
    nulls: tuple[str, ...] = ()
    column: bool = False
    constant: bool = False
    wide: bool = False

    @property
    def kind_is_ordered(self) -> bool:
        """Whether Python orders such values as PostgreSQL does."""
        return self.kind in _ORDERED

    @property
    def key(self) -> str:
        """The code by which PostgreSQL's comparison can be said.

        PostgreSQL puts NaN above all numbers and equal to itself; it compares
        instants, where Python compares the wall clocks of one zone; and it compares
        padded texts without their blanks.
        """
        if self.constant:
            return self.code
        if self.kind in ("numeric", "float"):
            return f"rank({self.code})"
        if self.kind == "blank-padded":
            return f"{self.code}.rstrip(' ')"
        if self.kind == "instant":
            return f"instant({self.code})"
        return self.code


def kind_of(type_: Type | str) -> Kind:
    """The kind of a column's type, or of a type by its name."""
    if isinstance(type_, str):
        return _KINDS.get(type_, "unknown")
    return "array" if type_.array else _KINDS.get(type_.base, "unknown")
