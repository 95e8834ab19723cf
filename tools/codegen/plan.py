"""What is generated from a schema: names, types and relationships, decided once.

The renderers ask the plan and decide nothing themselves, so that tables, models, views
and documents agree.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from tools.codegen import (
    closedsets,
    defaults,
    limits,
    names,
    relationships,
    spaces,
    viewcolumns,
)
from tools.codegen.aliases import Aliases
from tools.codegen.closedsets import ClosedSet, Place
from tools.codegen.facts import Column, Facts, Relation
from tools.codegen.limits import Rule
from tools.codegen.pgtypes import python_type
from tools.codegen.satypes import TypeWriter
from tools.codegen.source import Code, bullets

Use = Literal["Create", "Update"]

# What generated modules import or define, hence what no class may be called.
TAKEN = frozenset(
    "UUID Decimal Mapped ReadOnly Row View Other ClosedText Field Relationship Column"
    " JsonValue Range Sequence Any Optional Callable Session AsyncSession Annotated"
    " Input Output Patch Computed Identity FetchedValue Index CheckConstraint Enum"
    " PrimaryKeyConstraint UniqueConstraint ForeignKeyConstraint ExcludeConstraint"
    " SmallInteger Integer BigInteger Boolean Text String CHAR Uuid Date Time DateTime"
    " Interval Numeric REAL Double LargeBinary ARRAY DOMAIN JSON JSONB BIT StrEnum"
    " Select Result Self TypeAlias ClassVar Literal Storable Must Digits RowRule"
    " Create Update Public Instant Timestamp Clock Real Number Json Int SmallInt BigInt"
    " AfterValidator RuleError Network Pairs Domain Inet Cidr Listed Within"
    " BeforeValidator AliasChoices Trimmed".split()
)
# What class bodies refer to by name while they are read, besides TAKEN.
BODY = frozenset(
    "bool bytes dt float frozenset int labels_of list omitted sql_text str".split()
)
# The column by which concurrent changes of one row notice each other.
VERSION = "version"


class Plan:
    """Names and types of everything that is generated from *facts*."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        mapped = facts.mapped
        self.classes = names.class_names([*mapped, *facts.views], TAKEN)
        taken = TAKEN | {
            f"{name}{use}"
            for name in self.classes.values()
            for use in ("", *names.USES)
        }
        self.closed_sets = closedsets.find(facts, taken)
        self.limits = {
            relation.key: limits.find(relation, facts, self._closed(relation))
            for relation in facts.tables
        }
        taken |= {closed.name for closed in self.closed_sets.values()}
        self.aliases = Aliases(
            facts, self.limits, self.closed_sets, self.classes, taken
        )
        self.origins = viewcolumns.origins(facts)
        closedsets.through_views(
            self.closed_sets,
            {
                (view, column): source
                for view, origin in self.origins.items()
                for column, source in origin.sources.items()
            },
        )
        self.body = (
            TAKEN
            | BODY
            | set(self.classes.values())
            | {closed.name for closed in self.closed_sets.values()}
            | {alias.name for alias in self.aliases.named}
        )
        self.attributes: dict[Place, str] = {}
        for relation in [*mapped, *facts.views]:
            self._name_attributes(relation)
        self.spaces = spaces.find(facts)
        self.relationships = relationships.find(
            facts,
            self.spaces,
            {
                relation.key: [
                    *self._attributes_of(relation),
                    *names.RESERVED,
                    *self.body,
                ]
                for relation in mapped
            },
        )

    @property
    def tables(self) -> tuple[Relation, ...]:
        """The tables that get a class, by name."""
        return self.facts.mapped

    def _closed(self, relation: Relation) -> dict[str, frozenset[str]]:
        """The columns of *relation* with an enum, and its values."""
        places = {
            column.name: (relation.key, column.name) for column in relation.columns
        }
        return {
            name: frozenset(self.closed_sets[place].values)
            for name, place in places.items()
            if place in self.closed_sets
        }

    def _name_attributes(self, relation: Relation) -> None:
        used = set(self.body)
        # A name that is good as it stands goes to its own column first.
        for plain in (True, False):
            for column in relation.columns:
                place = relation.key, column.name
                name = names.attribute(column.name, used)
                if place in self.attributes or not column.readable:
                    continue
                if (name == column.name) is plain:
                    self.attributes[place] = name
                    used.add(name)

    def _attributes_of(self, relation: Relation) -> Iterable[str]:
        for column in relation.columns:
            if column.readable:
                yield self.attributes[relation.key, column.name]

    def annotation(self, place: Place) -> Code:
        """The Python type of a column's values, without None."""
        closed = self.closed_sets.get(place)
        column = self.facts.relation(place[0]).column(place[1])
        if closed is None:
            return python_type(column.type)
        return closed.code.within("list[{}]") if column.type.array else closed.code

    def sqlalchemy_type(self, place: Place) -> Code:
        """The SQLAlchemy type of a column."""
        closed = self.closed_sets.get(place)
        column = self.facts.relation(place[0]).column(place[1])
        writer = TypeWriter(self.facts)
        native = closed.name if closed and closed.native else None
        code = writer.write(column.type, column.collation, native)
        lines = set(writer.lines)
        if closed is not None and closed.native is None:
            lines |= {
                "from ._rows import ClosedText",
                f"from .enums import {closed.name}",
            }
            if code == "Text":
                code, lines = f"ClosedText({closed.name})", lines - writer.lines
            else:
                instance = code if code.endswith(")") else f"{code}()"
                code = f"ClosedText({closed.name}, {instance})"
        return Code(code, frozenset(lines))

    def enums(self) -> list[ClosedSet]:
        """Every closed set once, by name."""
        by_name = {closed.name: closed for closed in self.closed_sets.values()}
        return [by_name[name] for name in sorted(by_name)]

    def version_of(self, relation: Relation) -> str | None:
        """The column that counts changes, where the database keeps it by itself."""
        for column in relation.columns:
            if column.name == VERSION and column.type.base in ("integer", "bigint"):
                kept = not column.insertable and not column.updatable
                if kept and column.readable and not column.nullable:
                    return column.name
        return None

    def describe(self, relation: Relation) -> list[str]:
        """Paragraphs below the comment of a table's class: what it does not carry."""
        hidden = [c.name for c in relation.columns if not c.readable]
        details = []
        if hidden:
            details.append(
                "Not carried:\n\n" + bullets(f"{name}: no privilege" for name in hidden)
            )
        return details

    # What the models of one table take, and what is asked of it.

    def fields(self, table: Relation, use: Use) -> Iterable[Column]:
        """The columns that an input takes: those that the role may write itself."""
        for column in table.columns:
            allowed = column.insertable if use == "Create" else column.updatable
            if (
                allowed
                and column.readable
                and column.name != self.spaces.get(table.key)
            ):
                yield column

    def known_when_made(self, table: Relation) -> set[str]:
        """Columns that cannot be given and whose value in a new row is certain."""
        if any(trigger.on_insert for trigger in table.triggers):
            return set()
        return {
            column.name
            for column in table.columns
            if column.readable
            and not column.insertable
            and not column.generated
            and (
                (column.default is None and column.nullable)
                or defaults.constant(self.closed_sets, table, column) is not None
            )
        }

    def kept(self, table: Relation) -> set[str]:
        """The columns that triggers may write in an UPDATE.

        Taken to be so, where there are such triggers, are those that the role may not
        write freely: neither insert nor update, or only one of the two.
        """
        if not any(trigger.on_update for trigger in table.triggers):
            return set()
        made = any(column.insertable for column in table.columns)
        return {
            column.name
            for column in table.columns
            if not column.updatable or (made and not column.insertable)
        }

    def rules(self, table: Relation, use: Use) -> list[Rule]:
        """The rules that an input can decide: about what is sent and what is certain.

        A column that a trigger may write is not certain, so its rules stay with the
        database.
        """
        own = {column.name for column in self.fields(table, use)}
        certain = {self.spaces.get(table.key, "")}
        if use == "Create":
            certain |= self.known_when_made(table)
            free = own
        else:
            certain |= set(table.identity)
            free = own - self.kept(table)
        return [
            rule
            for rule in self.limits[table.key].rules
            if own.intersection(rule.columns)
            and free.union(certain) >= set(rule.columns)
        ]

    def unsaid(self, table: Relation, use: Use) -> Iterable[str]:
        """What the database asks of an input's columns and the input does not check."""
        own = {column.name for column in self.fields(table, use)}
        limits = self.limits[table.key]
        for part in limits.unsaid:
            if own.intersection(part.columns):
                yield f"{part.constraint}: {part.sql} ({part.reason})"
        checked = self.rules(table, use)
        for rule in limits.rules:
            if own.intersection(rule.columns) and rule not in checked:
                yield f"{rule.constraint}: {rule.sql} (the database keeps a part of it)"
