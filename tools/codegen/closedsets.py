"""Closed sets of values: native enums, and text columns that a CHECK ties to a list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from tools.codegen import names
from tools.codegen.expressions import meanings, members
from tools.codegen.facts import Column, EnumType, Facts, Relation
from tools.codegen.pgtypes import TEXTS
from tools.codegen.source import Code

_TEXTS = TEXTS | {"name"}
# Where a value stands: relation and column.
Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class ClosedSet:
    """A closed set as a Python enum: its name, its members, and where it is used."""

    name: str
    members: tuple[tuple[str, str], ...]
    places: tuple[Place, ...]
    comment: str | None
    native: EnumType | None = None

    @property
    def code(self) -> Code:
        """The enum's name, as annotations have it."""
        return Code(self.name, frozenset({f"from .enums import {self.name}"}))

    @property
    def values(self) -> tuple[str, ...]:
        return tuple(value for _, value in self.members)

    def member(self, value: str) -> str:
        """The member's name for *value*; `KeyError` when it is none of them."""
        return {text: name for name, text in self.members}[value]


def find(facts: Facts, taken: Collection[str]) -> dict[Place, ClosedSet]:
    """Find the closed set of every column that has one; *taken* are names in use.

    Columns of one name with the same values are one concept and share one enum.
    """
    used = set(taken)
    found: dict[Place, ClosedSet] = {}
    for closed in [*_native(facts, used), *_checked(facts, used)]:
        for place in closed.places:
            found[place] = closed
    return found


def through_views(
    found: dict[Place, ClosedSet], sources: Mapping[Place, Place]
) -> None:
    """Give the columns of views the closed sets of the columns behind them."""
    for place, source in sources.items():
        if source in found:
            found.setdefault(place, found[source])


def _native(facts: Facts, used: set[str]) -> list[ClosedSet]:
    sets = []
    # The schema's own come first, so that theirs are the plain names.
    own_first = sorted(facts.enums.values(), key=lambda e: e.schema != facts.schema)
    for enum in own_first:
        places = tuple(
            (relation.key, column.name)
            for relation in facts.relations
            for column in relation.columns
            if column.type.kind == "enum" and column.type.base == _type_name(enum)
        )
        if not places and enum.schema not in facts.schemas:
            continue
        name = names.pascal(enum.name)
        if enum.schema != facts.schema and name in used:
            name = names.pascal(f"{enum.schema}_{enum.name}")
        name = names.free(name, used)
        used.add(name)
        sets.append(ClosedSet(name, _members(enum.labels), places, enum.comment, enum))
    return sets


def _checked(facts: Facts, used: set[str]) -> list[ClosedSet]:
    values = {
        (relation.key, column.name): allowed
        for relation in facts.tables
        for column in relation.columns
        if (allowed := _allowed(relation, column))
    }
    concepts: dict[tuple[str, frozenset[str]], list[Place]] = {}
    for place, allowed in values.items():
        concepts.setdefault((place[1], frozenset(allowed)), []).append(place)
    homonyms = Counter(column for column, _ in concepts)
    sets = []
    for (column, _), places in concepts.items():
        table = places[0][0]
        name = names.concept(table, column, shared=len(places) > 1)
        if homonyms[column] > 1:
            name = names.pascal(f"{names.singular_name(table)}_{column}")
        name = names.free(name, used)
        used.add(name)
        comment = facts.relation(table).column(column).comment
        sets.append(
            ClosedSet(name, _members(values[places[0]]), tuple(places), comment)
        )
    return sets


def _allowed(relation: Relation, column: Column) -> tuple[str, ...] | None:
    """The values that all checks of the table allow in *column*, if they list any."""
    if column.type.base not in _TEXTS or column.type.array or column.generated:
        return None
    lists = [
        listed[1]
        for check in relation.checks
        if check.columns == (column.name,) and check.validated
        for part in meanings(check.expression)
        if (listed := members(part)) is not None and listed[0] == column.name
    ]
    if not lists:
        return None
    return tuple(v for v in lists[0] if all(v in other for other in lists[1:]))


def _members(values: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    taken: list[str] = []
    for value in values:
        taken.append(names.member(value, taken))
    return tuple(zip(taken, values, strict=True))


def _type_name(enum: EnumType) -> str:
    return f"{enum.schema}.{enum.name}"
