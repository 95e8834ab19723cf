"""What the catalogue says of types, domains, functions and sequences, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Type:
    """A column's or argument's type, with domains and arrays taken apart.

    Attributes:
        name: as SQL writes it, qualified where it must be, with its modifier.
        base: the innermost type without modifier: under domains and array brackets;
            ``schema.name``, unquoted, where it is not PostgreSQL's own.
        full: the innermost type with its modifier, such as ``numeric(5,2)``.
        kind: of the innermost type: base, enum, composite, range, multirange or pseudo.
        array: whether the type is an array of `base`.
        domains: the domains on the way down, outermost first, as ``schema.name``.
        element_domains: those below the array brackets.
    """

    name: str
    base: str
    full: str
    kind: str
    array: bool = False
    domains: tuple[str, ...] = ()
    element_domains: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """A CHECK constraint; *expression* stands without the word CHECK."""

    name: str
    columns: tuple[str, ...]
    expression: str
    comment: str | None
    validated: bool = True


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument or result column of a function."""

    name: str
    type: Type
    mode: Literal["in", "out", "inout", "variadic", "table"]
    default: str | None = None

    @property
    def has_default(self) -> bool:
        return self.default is not None


@dataclass(frozen=True, slots=True)
class Function:
    """A function or procedure.

    Attributes:
        executable: whether one of the application's roles may execute it.
    """

    schema: str
    name: str
    signature: str
    kind: Literal["function", "procedure"]
    arguments: tuple[Argument, ...]
    returns: Type
    returns_set: bool
    volatility: Literal["immutable", "stable", "volatile"]
    strict: bool
    security_definer: bool
    comment: str | None
    roles: tuple[str, ...]
    executable: bool = True

    @property
    def address(self) -> str:
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain and its own rules; `VALUE` stands for the value in its checks."""

    schema: str
    name: str
    type: Type
    nullable: bool
    default: str | None
    collation: str | None
    checks: tuple[Check, ...]
    comment: str | None


@dataclass(frozen=True, slots=True)
class EnumType:
    """A native enum, its labels in order."""

    schema: str
    name: str
    labels: tuple[str, ...]
    comment: str | None


@dataclass(frozen=True, slots=True)
class Sequence:
    """A sequence, and the column that it goes with, as relation and column."""

    schema: str
    name: str
    type: str
    start: int
    increment: int
    minimum: int
    maximum: int
    cache: int
    cycles: bool
    owner: tuple[str, str] | None

    @property
    def address(self) -> str:
        return f"{self.schema}.{self.name}"


@dataclass(frozen=True, slots=True)
class Composite:
    """A free-standing composite type."""

    schema: str
    name: str
    fields: tuple[tuple[str, Type], ...]
    comment: str | None
