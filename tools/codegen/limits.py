"""What a CHECK asks of a value: as limits that models can say, or as a rule to call.

Each CHECK is taken apart at its outer ANDs. A part about one column becomes a limit of
that column, if it is one of the plain ones, or a predicate; a part about several a
rule of the row. What cannot be said exactly stays with the database, with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from tools.codegen import bounds, guards, names
from tools.codegen.bounds import Limit
from tools.codegen.expressions import (
    Node,
    columns,
    meanings,
    members,
    parse,
    replaced,
    sql,
)
from tools.codegen.facts import Check, Column, Domain, Facts, Relation, Type
from tools.codegen.pgtypes import kind_of, row_of
from tools.codegen.simplify import HELPERS
from tools.codegen.source import Code
from tools.codegen.translate import Known, Untranslatable, is_not_false
from tools.console import note

# Collations in which texts are equal only if they are the same bytes.
_BINARY: Final = frozenset({None, '"C"', '"POSIX"', '"default"', "ucs_basic"})
# Of a column that has no enum no list says all.
_EVERYTHING: Final = frozenset({"\0"})


@dataclass(frozen=True, slots=True)
class Rule:
    """A part of a CHECK as a Python function of the columns that it names.

    Attributes:
        name: the function's name: the constraint's, numbered where it has more parts.
        parameters: the function's parameters, one for each of *columns*.
        code: the function's result, an expression in the parameters.
        sql: the part as SQL.
        counts: where no more is asked than how many of many columns are not null, the
            numbers that are allowed.
    """

    name: str
    constraint: str
    columns: tuple[str, ...]
    parameters: tuple[str, ...]
    code: Code
    sql: str
    comment: str | None
    counts: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Unsaid:
    """A part of a CHECK that only the database enforces, and why."""

    constraint: str
    columns: tuple[str, ...]
    sql: str
    reason: str


@dataclass(slots=True)
class Limits:
    """All that the checks of one table, and of its columns' domains, ask."""

    limits: dict[str, list[Limit]] = field(default_factory=dict)
    predicates: dict[str, list[Rule]] = field(default_factory=dict)
    elements: dict[str, list[Rule]] = field(default_factory=dict)
    rules: list[Rule] = field(default_factory=list)
    unsaid: list[Unsaid] = field(default_factory=list)
    parts: int = 0

    def of(self, name: str) -> tuple[tuple[Limit, ...], tuple[Rule, ...]]:
        """Limits and predicates of one column."""
        return tuple(self.limits.get(name, ())), tuple(self.predicates.get(name, ()))


def find(
    relation: Relation, facts: Facts, closed: Mapping[str, frozenset[str]]
) -> Limits:
    """Read the checks of *relation*; *closed* are the values of its enums."""
    found = Limits()
    reader = _Reader(relation, closed, found)
    for check in relation.checks:
        reader.read(check)
    for column_ in relation.columns:
        for address in column_.type.domains:
            reader.read_domain(column_, facts.domains[address])
        for address in column_.type.element_domains:
            reader.read_domain(column_, facts.domains[address], of_elements=True)
    return found


class _Reader:
    """Sorts the parts of one table's checks into *found*."""

    def __init__(
        self, relation: Relation, closed: Mapping[str, frozenset[str]], found: Limits
    ) -> None:
        self.relation, self.closed, self.found = relation, closed, found
        self.parameters: dict[str, str] = {}
        for each in relation.columns:
            taken = {*HELPERS, *self.parameters.values()}
            self.parameters[each.name] = names.identifier(each.name, taken)
        # What the database makes of other columns is asked of those: an input has no
        # more than them.
        self.made = {
            each.name: parse(each.default)
            for each in relation.columns
            if each.generated and each.default
        }
        self.longest = guards.longest(check.expression for check in relation.checks)

    def read(self, check: Check) -> None:
        known = {c.name: self._known(c) for c in self.relation.columns}
        stem = check.name
        if not stem.startswith(self.relation.name):
            stem = f"{self.relation.name}_{stem}"
        said = (
            guards.without(part, self.longest) for part in meanings(check.expression)
        )
        parts = [part for part in said if part is not None]
        for number, part in enumerate(parts, 1):
            name = names.identifier(stem if len(parts) == 1 else f"{stem}_{number}")
            whole = replaced(part, self.made)
            sized = any(_has_size(self.relation.column(c)) for c in columns(part))
            self._part(whole, name, check, known, sized=sized)

    def read_domain(
        self, column_: Column, domain: Domain, *, of_elements: bool = False
    ) -> None:
        """Read the domain's checks as if they stood on the column, or its elements."""
        known = {"value": self._known(column_, domain.type)}
        for check in domain.checks:
            parts = meanings(check.expression)
            for number, part in enumerate(parts, 1):
                stem = f"{self.relation.name}_{column_.name}_{check.name}"
                name = stem if len(parts) == 1 else f"{stem}_{number}"
                self._part(
                    part,
                    names.identifier(name),
                    check,
                    known,
                    column_.name,
                    of_elements=of_elements,
                )

    def _known(self, fact: Column, type_: Type | None = None) -> Known:
        kind = kind_of(type_ or fact.type)
        if fact.collation not in _BINARY:
            kind = "unknown"
        bits = row_of(fact.type).bits
        return Known(self.parameters[fact.name], kind, fact.nullable, bits)

    def _part(
        self,
        part: Node,
        name: str,
        check: Check,
        known: Mapping[str, Known],
        standing_for: str | None = None,
        *,
        sized: bool = False,
        of_elements: bool = False,
    ) -> None:
        self.found.parts += 1
        named = tuple(sorted(columns(part)))
        places = (standing_for,) if standing_for else named
        try:
            if sized:
                raise Untranslatable("a value of a length or precision is made")
            if len(places) == 1 and not bounds.asks_for_null(part):
                self._about_one(part, name, check, known, places[0], of_elements)
            else:
                code = is_not_false(part, known)
                rule = self._rule(name, check, places, code, part)
                rule = replace(rule, counts=bounds.counts(part, places))
                self.found.rules.append(rule)
        except Untranslatable as reason:
            self.found.unsaid.append(Unsaid(check.name, places, sql(part), str(reason)))
        except Exception as error:  # a tree that nobody foresaw; the others go on
            where = f"{self.relation.address}: {check.name} ({', '.join(places)})"
            note(f"{where} is left to the database: {error!r}")
            self.found.unsaid.append(
                Unsaid(check.name, places, sql(part), "not understood")
            )

    def _about_one(
        self,
        part: Node,
        name: str,
        check: Check,
        known: Mapping[str, Known],
        place: str,
        of_elements: bool,
    ) -> None:
        fact = self.relation.column(place)
        listed = members(part)
        if listed and self.closed.get(place, _EVERYTHING) <= set(listed[1]):
            return  # the enum says it
        limits = [] if fact.type.array else list(bounds.limits(part, fact))
        taken = {limit.bound for limit in self.found.limits.get(place, ())}
        if limits and not taken.intersection(limit.bound for limit in limits):
            self.found.limits.setdefault(place, []).extend(limits)
            return
        (key,) = columns(part)
        never_null = Known("value", known[key].kind, False, known[key].bits)
        code = is_not_false(part, {key: never_null})
        rule = self._rule(name, check, (place,), code, part)
        rule = replace(rule, parameters=("value",))
        found = self.found.elements if of_elements else self.found.predicates
        found.setdefault(place, []).append(rule)

    def _rule(
        self, name: str, check: Check, places: tuple[str, ...], code: Code, part: Node
    ) -> Rule:
        parameters = tuple(self.parameters[place] for place in places)
        return Rule(
            name, check.name, places, parameters, code, sql(part), check.comment
        )


def _has_size(fact: Column) -> bool:
    """Whether the database rounds or refuses what it makes for the column."""
    return fact.generated and "(" in fact.type.full
