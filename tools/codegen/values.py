"""Values within a translated expression: their Python code, kind and nullness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tools.codegen.pgtypes import Kind

BOOLEAN: Final = "boolean"

_ORDERED: Final[frozenset[Kind]] = frozenset(
    {
        "integer",
        "numeric",
        "float",
        "real",
        "date",
        "day",
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
        bits: of an integer, the size of its type, in which PostgreSQL computes.
    """

    code: str
    kind: Kind
    nulls: tuple[str, ...] = ()
    column: bool = False
    constant: bool = False
    bits: int = 32

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
        if self.kind in ("numeric", "float", "real"):
            return f"rank({self.code})"
        if self.kind == "blank-padded":
            return f"{self.code}.rstrip(' ')"
        if self.kind == "instant":
            return f"instant({self.code})"
        return self.code
