"""What the catalogue says of what hangs on a relation: columns, constraints, rights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tools.codegen.facts_objects import Type

Privilege = Literal["select", "insert", "update"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table or view.

    Attributes:
        sequence: the address of the sequence that gives the identity or the default.
        virtual: of a generated column, whether it is computed when it is read.
    """

    name: str
    number: int
    type: Type
    nullable: bool
    default: str | None
    generated: bool
    identity: Literal["", "a", "d"]
    collation: str | None
    comment: str | None
    may: frozenset[Privilege]
    domain_has_default: bool = False
    only_domain_refuses_null: bool = False
    virtual: bool = False
    sequence: str | None = None

    @property
    def readable(self) -> bool:
        return "select" in self.may

    @property
    def insertable(self) -> bool:
        return "insert" in self.may and not self.generated and self.identity != "a"

    @property
    def updatable(self) -> bool:
        return "update" in self.may and not self.generated and self.identity != "a"

    @property
    def has_default(self) -> bool:
        return (
            self.default is not None
            or self.domain_has_default
            or self.generated
            or bool(self.identity)
        )


@dataclass(frozen=True, slots=True)
class Key:
    """A primary key or unique constraint."""

    name: str
    columns: tuple[str, ...]
    primary: bool
    nulls_distinct: bool = True
    include: tuple[str, ...] = ()
    deferrable: bool = False
    initially_deferred: bool = False
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A foreign key; actions are SQL words, such as ``CASCADE``."""

    name: str
    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]
    on_delete: str
    on_update: str
    match: str
    deferrable: bool
    initially_deferred: bool
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Exclusion:
    """An EXCLUDE constraint; *elements* are pairs of expression and operator."""

    name: str
    method: str
    elements: tuple[tuple[str, str], ...]
    predicate: str | None
    deferrable: bool
    initially_deferred: bool
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class IndexPart:
    """One key of an index: an expression, and how it deviates from the default.

    Attributes:
        options: collation, operator class and order, as SQL writes them.
    """

    expression: str
    column: str | None
    options: str


@dataclass(frozen=True, slots=True)
class Index:
    """An index that stands for itself, not for a constraint."""

    name: str
    method: str
    unique: bool
    parts: tuple[IndexPart, ...]
    include: tuple[str, ...]
    predicate: str | None
    nulls_distinct: bool
    definition: str
    comment: str | None
    settings: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """A row-level security policy."""

    name: str
    command: str
    roles: tuple[str, ...]
    permissive: bool
    using: str | None
    check: str | None
    comment: str | None


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger, with the definition that PostgreSQL prints."""

    name: str
    definition: str
    on_insert: bool
    on_update: bool
    comment: str | None


@dataclass(frozen=True, slots=True)
class Grant:
    """What one role may do with a relation: whole, or only some columns."""

    role: str
    privilege: str
    columns: tuple[str, ...] = ()
