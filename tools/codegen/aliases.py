"""Types of input values: `Annotated` aliases, one for each set of limits."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from tools.codegen import names
from tools.codegen.closedsets import ClosedSet, Place
from tools.codegen.facts import Column, Facts, Type
from tools.codegen.limits import Limit, Limits, Rule
from tools.codegen.pytypes import imports_of, python_type
from tools.codegen.source import literal

# Aliases of the support module, by PostgreSQL's type, for values without more limits.
_BASES: Final = {
    "text": "Text",
    "character varying": "Text",
    "character": "Text",
    "citext": "Text",
    "smallint": "SmallInt",
    "integer": "Int",
    "bigint": "BigInt",
    "timestamp with time zone": "Instant",
    "timestamp without time zone": "Timestamp",
    "time without time zone": "Clock",
    "real": "Real",
    "double precision": "Double",
    "numeric": "Number",
    "json": "Json",
    "jsonb": "Json",
}
# The parts of those aliases, to put limits between the plain type and its validators.
_VALIDATORS: Final = {
    "Text": ("str", ("Storable",)),
    "Instant": ("dt.datetime", ("AfterValidator(aware)",)),
    "Timestamp": ("dt.datetime", ("AfterValidator(zoneless)",)),
    "Clock": ("dt.time", ("AfterValidator(zoneless)",)),
    "Real": ("float", ("AfterValidator(finite)", "AfterValidator(single)")),
    "Double": ("float", ("AfterValidator(finite)",)),
    "Number": ("Decimal", ("AfterValidator(finite)",)),
    "Json": ("JsonValue", ("AfterValidator(storable_json)",)),
}
_SIZES: Final = {"smallint": 15, "integer": 31, "bigint": 63}
_LOWER: Final = frozenset({"ge", "gt"})
_UPPER: Final = frozenset({"le", "lt"})
_SUPPORT: Final = (
    "Text SmallInt Int BigInt Instant Timestamp Clock Real Double Number Json Storable"
    " Digits Must Within RANGE aware zoneless finite single storable_json ordered"
).split()


@dataclass(frozen=True, slots=True)
class Alias:
    """A named type: its definition, and the columns whose values it describes."""

    name: str
    code: str
    places: tuple[Place, ...]
    description: str | None


class Aliases:
    """The input type of every column; those with limits have a name of their own."""

    def __init__(
        self,
        facts: Facts,
        limits: Mapping[str, Limits],
        closed: Mapping[Place, ClosedSet],
        classes: Mapping[str, str],
        taken: Collection[str],
    ) -> None:
        self.closed = closed
        self.codes: dict[Place, str] = {}
        groups: defaultdict[tuple[str, str], list[Place]] = defaultdict(list)
        for relation in facts.tables:
            for column in relation.columns:
                if not column.readable or not (column.insertable or column.updatable):
                    continue
                place = relation.name, column.name
                code = self._code(column, place, limits[relation.name])
                self.codes[place] = code
                if "Annotated[" in code:
                    groups[column.name, _anonymous(code)].append(place)
        self.named = _named(facts, groups, self.codes, classes, set(taken))
        for alias in self.named:
            for place in alias.places:
                self.codes[place] = alias.name

    def of(self, place: Place) -> tuple[str, list[str]]:
        """The type of a column's value in an input, without None, and its imports."""
        code = self.codes[place]
        if any(code == alias.name for alias in self.named):
            return code, [f"from .types import {code}"]
        return code, self.imports(code)

    def imports(self, code: str) -> list[str]:
        """The import lines that the type expression *code* needs."""
        words = set(re.findall(r"\b[A-Za-z_]\w*", re.sub(r'"[^"]*"', "", code)))
        lines = [f"from ._values import {n}" for n in _SUPPORT if n in words]
        lines += [
            f"from .enums import {c.name}"
            for c in self.closed.values()
            if c.name in words
        ]
        if "Annotated" in words:
            lines.append("from typing import Annotated")
        if "rules" in words:
            lines.append("from . import rules")
        pydantic = {"Field", "AfterValidator"} & words
        lines += [f"from pydantic import {name}" for name in sorted(pydantic)]
        return lines + imports_of(code)

    def _code(self, column: Column, place: Place, limits: Limits) -> str:
        closed = self.closed.get(place)
        own, predicates = limits.of(column.name)
        if closed is not None:
            code = _annotated(closed.name, [], (), predicates)
        elif column.type.array:
            element = _scalar(column.type, (), ())
            code = _annotated(f"list[{element}]", [], (), predicates)
        else:
            return _scalar(column.type, own, predicates)
        return f"list[{code}]" if closed and column.type.array else code


def _scalar(
    type_: Type, limits: tuple[Limit, ...], predicates: tuple[Rule, ...]
) -> str:
    base = _BASES.get(type_.base)
    arguments = [f"{limit.bound}={limit.code}" for limit in limits]
    if type_.base in _SIZES:
        if not limits and not predicates:
            return str(base)
        arguments = _bounds(limits, _SIZES[type_.base])
        return _annotated("int", arguments, (), predicates)
    modifiers = re.search(r"\((-?\d+)(?:,(-?\d+))?\)", type_.full)
    if base == "Text" and modifiers:
        sizes = [int(lim.code) for lim in limits if lim.bound == "max_length"]
        if not sizes or sizes[0] > int(modifiers.group(1)):
            arguments = [a for a in arguments if not a.startswith("max_length")]
            arguments.append(f"max_length={modifiers.group(1)}")
    plain, validators = _VALIDATORS.get(base or "", (python_type(type_), ()))
    if base == "Number" and modifiers:
        # PostgreSQL rounds first and checks then.
        digits = f"{modifiers.group(1)}, {modifiers.group(2) or 0}"
        validators = (*validators, f"AfterValidator(Digits({digits}))")
        if arguments:
            validators = (*validators, f"Within({', '.join(arguments)})")
            arguments = []
    if plain.startswith("Range["):
        validators = ("AfterValidator(ordered)", "RANGE")
    elif plain.startswith("list[Range["):
        validators = ("RANGE",)
    if base and not arguments and not predicates and not modifiers:
        return base
    return _annotated(plain, arguments, validators, predicates)


def _bounds(limits: tuple[Limit, ...], bits: int) -> list[str]:
    """The limits of an integer, and on a side that has none, those of its type."""
    given = {limit.bound for limit in limits}
    arguments = [f"{limit.bound}={limit.code}" for limit in limits]
    if not given & _LOWER:
        arguments.insert(0, f"ge=-(2**{bits})")
    if not given & _UPPER:
        arguments.append(f"lt=2**{bits}")
    return arguments


def _annotated(
    plain: str,
    arguments: list[str],
    validators: tuple[str, ...],
    predicates: tuple[Rule, ...],
) -> str:
    parts = [f"Field({', '.join(arguments)})"] if arguments else []
    parts += validators
    parts += [f"Must(rules.{rule.name}, {literal(rule.sql)})" for rule in predicates]
    return f"Annotated[{plain}, {', '.join(parts)}]" if parts else plain


def _anonymous(code: str) -> str:
    """The code without the names of rules, so that equal predicates are one."""
    return re.sub(r"\brules\.\w+", "rules", code)


def _named(
    facts: Facts,
    groups: Mapping[tuple[str, str], list[Place]],
    codes: Mapping[Place, str],
    classes: Mapping[str, str],
    used: set[str],
) -> list[Alias]:
    aliases = []
    for (column, _), places in sorted(groups.items()):
        table = places[0][0]
        fact = facts.relation(table).column(column)
        owner = classes.get(table) or names.pascal(names.singular_name(table))
        wish = owner + names.pascal(column)
        if len(places) > 1:
            wish = names.pascal(column)
        name = names.free(wish, used)
        used.add(name)
        aliases.append(Alias(name, codes[places[0]], tuple(places), fact.comment))
    return sorted(aliases, key=lambda alias: alias.name)
