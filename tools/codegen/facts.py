"""What the catalogue says, as plain values: the only thing that the renderers read.

Every name is as PostgreSQL stores it; every expression is as PostgreSQL prints it, so
that two servers that hold the same schema give the same facts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from tools.codegen.facts_objects import (
    Argument,
    Check,
    Composite,
    Domain,
    EnumType,
    Function,
    Sequence,
    Type,
)
from tools.codegen.facts_parts import (
    Column,
    Exclusion,
    ForeignKey,
    Grant,
    Index,
    IndexPart,
    Key,
    Policy,
    Privilege,
    Trigger,
)

__all__ = [
    "Argument",
    "Check",
    "Column",
    "Composite",
    "Domain",
    "EnumType",
    "Exclusion",
    "Facts",
    "ForeignKey",
    "Function",
    "Grant",
    "Index",
    "IndexPart",
    "Key",
    "Kind",
    "Policy",
    "Privilege",
    "Relation",
    "Sequence",
    "Trigger",
    "Type",
]

Kind = Literal["table", "partitioned", "partition", "view", "materialized", "foreign"]


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or a view, with all that hangs on it.

    Attributes:
        home: whether it stands in the first of the schemas that are generated from.
        tags: the smart tags of its comment, such as ``@omit delete``.
        fronts: the columns of the view by whose name it goes, if it goes by one.
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
    tags: tuple[str, ...] = ()
    fronts: tuple[str, ...] = ()

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


@dataclass(frozen=True)
class Facts:
    """Schemas of one database, as one role of the application meets them.

    Attributes:
        behind: the schema whose tables go by the names of their views in the first.
    """

    schemas: tuple[str, ...]
    comment: str | None
    role: str | None
    relations: tuple[Relation, ...]
    functions: tuple[Function, ...] = ()
    domains: Mapping[str, Domain] = field(default_factory=dict)
    enums: Mapping[str, EnumType] = field(default_factory=dict)
    composites: Mapping[str, Composite] = field(default_factory=dict)
    sequences: Mapping[str, Sequence] = field(default_factory=dict)
    behind: str | None = None

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
