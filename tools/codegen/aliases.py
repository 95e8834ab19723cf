"""Types of input values: `Annotated` aliases, one for each set of limits."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from tools.codegen import names
from tools.codegen.bounds import Limit
from tools.codegen.closedsets import ClosedSet, Place
from tools.codegen.facts import Column, Facts, Type
from tools.codegen.limits import Limits, Rule
from tools.codegen.pgtypes import row_of
from tools.codegen.source import Code, literal

_LOWER: Final = frozenset({"ge", "gt"})
_UPPER: Final = frozenset({"le", "lt"})
_VALUES: Final = "from ._values import "
_FIELD: Final = "from pydantic import Field"


@dataclass(frozen=True, slots=True)
class Alias:
    """A named type: its definition, and the columns whose values it describes."""

    name: str
    code: Code
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
        self.codes: dict[Place, Code] = {}
        groups: defaultdict[tuple[str, str], list[Place]] = defaultdict(list)
        for relation in facts.mapped:
            for column in relation.columns:
                if not column.readable or not (column.insertable or column.updatable):
                    continue
                place = relation.key, column.name
                code = self._code(column, place, limits[relation.key])
                self.codes[place] = code
                if "Annotated[" in code.text:
                    groups[column.name, _anonymous(code.text)].append(place)
        self.named = _named(facts, groups, self.codes, classes, set(taken))
        for alias in self.named:
            used = Code(alias.name, frozenset({f"from .types import {alias.name}"}))
            for place in alias.places:
                self.codes[place] = used

    def of(self, place: Place) -> Code:
        """The type of a column's value in an input, without None."""
        return self.codes[place]

    def _code(self, column: Column, place: Place, limits: Limits) -> Code:
        closed = self.closed.get(place)
        own, predicates = limits.of(column.name)
        elements = tuple(limits.elements.get(column.name, ()))
        if closed is not None:
            each = _annotated(closed.code, [], (), predicates)
            return each.within("list[{}]") if column.type.array else each
        if column.type.array:
            each = _scalar(column.type, (), elements)
            return _annotated(each.within("list[{}]"), [], (), predicates)
        return _scalar(column.type, own, predicates)


def _scalar(
    type_: Type, limits: tuple[Limit, ...], predicates: tuple[Rule, ...]
) -> Code:
    row = row_of(type_)
    arguments = [f"{limit.bound}={limit.code.text}" for limit in limits]
    if row.bits:
        if not limits and not predicates and row.takes:
            return row.takes
        ends = f"-(2**{row.bits - 1})", f"2**{row.bits - 1}"
        return _annotated(row.python, _bounds(limits, "ge", *ends), (), predicates)
    modifiers = re.search(r"\((-?\d+)(?:,(-?\d+))?\)", type_.full)
    checks = list(row.checks)
    if row.kind in ("text", "blank-padded") and modifiers:
        arguments = _sized(limits, int(modifiers.group(1)))
        checks.append(_call(f"Trimmed({modifiers.group(1)})", "BeforeValidator"))
    if row.kind == "real" and arguments:
        arguments = _bounds(limits, "gt", "-REALS", "REALS")
        checks.append(Code("", frozenset({f"{_VALUES}REALS"})))
    if row.kind == "numeric" and modifiers:
        # PostgreSQL rounds first and checks then.
        digits = f"{modifiers.group(1)}, {modifiers.group(2) or 0}"
        checks.append(_call(f"Digits({digits})", "AfterValidator"))
        if arguments:
            within = f"Within({', '.join(arguments)})"
            checks.append(Code(within, frozenset({f"{_VALUES}Within"})))
            arguments = []
    if row.python.text.startswith("Range["):
        checks = [_call("ordered", "AfterValidator"), _RANGE]
    elif row.python.text.startswith("list[Range["):
        checks = [_RANGE]
    if row.takes and not arguments and not predicates and not modifiers:
        return row.takes
    needed = [limit.code.imports for limit in limits]
    code = _annotated(row.python, arguments, tuple(checks), predicates)
    return code.within("{}", *frozenset().union(*needed))


_RANGE: Final = Code("RANGE", frozenset({f"{_VALUES}RANGE"}))


def _call(code: str, validator: str) -> Code:
    """A validator of *code*, a name of the support module or a call of one."""
    name = code.partition("(")[0]
    imports = {f"from pydantic import {validator}", f"{_VALUES}{name}"}
    return Code(f"{validator}({code})", frozenset(imports))


def _sized(limits: tuple[Limit, ...], size: int) -> list[str]:
    """The limits of a text of a type that has a length itself."""
    lengths = [int(lim.code.text) for lim in limits if lim.bound == "max_length"]
    arguments = [f"{limit.bound}={limit.code.text}" for limit in limits]
    if not lengths or lengths[0] > size:
        arguments = [a for a in arguments if not a.startswith("max_length")]
        arguments.append(f"max_length={size}")
    return arguments


def _bounds(limits: tuple[Limit, ...], least: str, low: str, high: str) -> list[str]:
    """The limits of a number, and on a side that has none, those of its type."""
    given = {limit.bound for limit in limits}
    arguments = [f"{limit.bound}={limit.code.text}" for limit in limits]
    if not given & _LOWER:
        arguments.insert(0, f"{least}={low}")
    if not given & _UPPER:
        arguments.append(f"lt={high}")
    return arguments


def _annotated(
    plain: Code,
    arguments: list[str],
    checks: tuple[Code, ...],
    predicates: tuple[Rule, ...],
) -> Code:
    parts = [Code(f"Field({', '.join(arguments)})", frozenset({_FIELD}))]
    parts = [*(parts if arguments else []), *checks]
    for rule in predicates:
        must = f"Must(rules.{rule.name}, {literal(rule.sql)})"
        parts.append(Code(must, frozenset({f"{_VALUES}Must", "from . import rules"})))
    if not parts:
        return plain
    imports = frozenset().union(*(part.imports for part in parts))
    listed = ", ".join(part.text for part in (plain, *parts) if part.text)
    return Code(
        f"Annotated[{listed}]",
        plain.imports | imports | {"from typing import Annotated"},
    )


def _anonymous(code: str) -> str:
    """The code without the names of rules, so that equal predicates are one."""
    return re.sub(r"\brules\.\w+", "rules", code)


def _named(
    facts: Facts,
    groups: Mapping[tuple[str, str], list[Place]],
    codes: Mapping[Place, Code],
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
