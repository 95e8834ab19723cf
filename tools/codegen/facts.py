"""What the catalogue says, as plain values: the only thing that the renderers read.

Every name is as PostgreSQL stores it; every expression is as PostgreSQL prints it, so
that two servers that hold the same schema give the same facts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

Privilege = Literal["select", "insert", "update"]
Kind = Literal["table", "partitioned", "partition", "view", "materialized", "foreign"]


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
class Check:
    """A CHECK constraint; *expression* stands without the word CHECK."""

    name: str
    columns: tuple[str, ...]
    expression: str
    comment: str | None
    validated: bool = True


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


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or a view, with all that hangs on it.

    Attributes:
        home: whether it stands in the first of the schemas that are generated from.
    """

    schema: str
    name: str
    kind: Kind
    comment: str | None
    columns: tuple[Column, ...]
    keys: tuple[Key, ...] = ()
    checks: tuple[Check, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    indexes: tuple[Index, ...] = ()
    policies: tuple[Policy, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    grants: tuple[Grant, ...] = ()
    row_security: Literal["off", "enabled", "forced"] = "off"
    deletable: bool = True
    definition: str | None = None
    home: bool = True

    @property
    def address(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def key(self) -> str:
        """The name by which the schemas' other facts refer to it: no other has it."""
        return self.name if self.home else self.address

    @property
    def is_view(self) -> bool:
        return self.kind in ("view", "materialized")

    @property
    def primary_key(self) -> tuple[str, ...]:
        return next((key.columns for key in self.keys if key.primary), ())

    @property
    def identity(self) -> tuple[str, ...]:
        """The columns that tell rows apart: the primary key, or another that can.

        Empty where there is none that the role can read.
        """
        for key in sorted(self.keys, key=lambda key: not key.primary):
            columns = [self.column(name) for name in key.columns]
            sure = key.primary or not any(column.nullable for column in columns)
            if sure and all(column.readable for column in columns):
                return key.columns
        return ()

    @property
    def visible(self) -> bool:
        """Whether the application's role can read any of it."""
        return any(column.readable for column in self.columns)

    def column(self, name: str) -> Column:
        """The column called *name*; `KeyError` when there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.address} has no column {name}")


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


@dataclass(frozen=True)
class Facts:
    """Schemas of one database, as one role of the application meets them."""

    schemas: tuple[str, ...]
    comment: str | None
    role: str | None
    relations: tuple[Relation, ...]
    functions: tuple[Function, ...] = ()
    domains: Mapping[str, Domain] = field(default_factory=dict)
    enums: Mapping[str, EnumType] = field(default_factory=dict)
    composites: Mapping[str, Composite] = field(default_factory=dict)
    sequences: Mapping[str, Sequence] = field(default_factory=dict)

    @property
    def schema(self) -> str:
        """The first of the schemas, whose names need no more than themselves."""
        return self.schemas[0]

    @cached_property
    def mapped(self) -> tuple[Relation, ...]:
        """The tables that get a class: those whose rows can be told apart."""
        return tuple(table for table in self.tables if table.identity)

    @cached_property
    def tables(self) -> tuple[Relation, ...]:
        """Tables that the role can read, without partition children."""
        return tuple(
            relation
            for relation in self.relations
            if relation.visible and relation.kind in ("table", "partitioned", "foreign")
        )

    @cached_property
    def views(self) -> tuple[Relation, ...]:
        """Views that the role can read."""
        return tuple(r for r in self.relations if r.visible and r.is_view)

    def relation(self, key: str) -> Relation:
        """The relation with *key*; `KeyError` when there is none."""
        return self._by_key[key]

    def at(self, address: str) -> Relation:
        """The relation at ``schema.name``; `KeyError` when there is none."""
        return self._by_address[address]

    @cached_property
    def _by_address(self) -> dict[str, Relation]:
        return {relation.address: relation for relation in self.relations}

    @cached_property
    def _by_key(self) -> dict[str, Relation]:
        return {relation.key: relation for relation in self.relations}
