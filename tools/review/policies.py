"""Policies before and after: which are gone, and which let more rows through."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pglast import ast, enums
from pglast.parser import ParseError, parse_sql
from pglast.stream import RawStream

from tools.catalog import Facts

_FACT: Final = re.compile(
    r"(?P<table>table .+?): policy (?P<name>.+): "
    r"(?P<property>command|kind|roles|using|with check)"
)
_EVERYBODY: Final = "PUBLIC"


@dataclass(frozen=True)
class Policy:
    """One policy; *table* is the path of its table, such as `table app_data.tasks`."""

    table: str
    name: str
    facts: Mapping[str, str]

    @property
    def path(self) -> str:
        """Its path among the facts."""
        return f"{self.table}: policy {self.name}"

    @property
    def roles(self) -> frozenset[str]:
        """Whom it is for."""
        return frozenset(self.facts.get("roles", "").split(", "))

    @property
    def is_permissive(self) -> bool:
        """Whether it lets rows through, and does not hold them back."""
        return self.facts.get("kind") == "permissive"


@dataclass(frozen=True)
class Verdict:
    """What became of one policy: `added`, `removed`, `loosened`, `tightened`,
    `changed` (which way could not be told), and why."""

    policy: Policy
    what: str
    why: str


def compare(before: Facts, after: Facts) -> Iterator[Verdict]:
    """Compare the policies of tables that are there before and after."""
    old, new = _policies(before), _policies(after)
    for path in sorted(old.keys() | new.keys()):
        one, other = old.get(path), new.get(path)
        if one and other is None:
            if any(key.startswith(f"{one.table}: ") for key in after):
                yield Verdict(one, "removed", _was(one))
        elif other and one is None:
            beside = [p for p in new.values() if _beside(p, other)]
            if beside and other.is_permissive and other.table in _tables(before):
                names = ", ".join(p.name for p in beside)
                yield Verdict(other, "loosened", f"it is joined by OR with {names}")
            else:
                yield Verdict(other, "added", _was(other))
        elif one and other and one.facts != other.facts:
            yield _verdict(one, other)


def _policies(facts: Facts) -> dict[str, Policy]:
    found: dict[tuple[str, str], dict[str, str]] = {}
    for key, value in facts.items():
        match = _FACT.fullmatch(key)
        if match:
            own = found.setdefault((match["table"], match["name"]), {})
            own[match["property"]] = value
    every = (Policy(table, name, own) for (table, name), own in found.items())
    return {policy.path: policy for policy in every}


def _tables(facts: Facts) -> set[str]:
    return {key.partition(": ")[0] for key in facts if key.startswith("table ")}


def _was(policy: Policy) -> str:
    condition = policy.facts.get("using") or policy.facts.get("with check") or "true"
    roles = policy.facts.get("roles")
    return f"for {policy.facts.get('command')} to {roles}: {condition}"


def _beside(one: Policy, other: Policy) -> bool:
    """Tell whether two permissive policies speak of the same rows and are OR-ed."""
    commands = {one.facts.get("command"), other.facts.get("command")}
    return (
        one.path != other.path
        and one.table == other.table
        and one.is_permissive
        and (len(commands) == 1 or "all" in commands)
        and bool(one.roles & other.roles or _EVERYBODY in one.roles | other.roles)
    )


def _verdict(one: Policy, other: Policy) -> Verdict:
    looser: list[str] = []
    tighter: list[str] = []
    unclear: list[str] = []
    if one.facts.get("kind") != other.facts.get("kind"):
        (looser if other.is_permissive else tighter).append(
            f"it is {other.facts.get('kind')} now"
        )
    more, fewer = other.roles - one.roles, one.roles - other.roles
    if more:
        looser.append(f"it is for {', '.join(sorted(more))}, too")
    if fewer:
        tighter.append(f"it is no longer for {', '.join(sorted(fewer))}")
    if one.facts.get("command") != other.facts.get("command"):
        unclear.append(f"it is for {other.facts.get('command')} now")
    for name in ("using", "with check"):
        if one.facts.get(name) != other.facts.get(name):
            way, why = _way(one.facts.get(name), other.facts.get(name), name)
            {"looser": looser, "tighter": tighter}.get(way, unclear).append(why)
    if not other.is_permissive and one.facts.get("kind") == other.facts.get("kind"):
        if more or fewer:  # a restrictive policy holds back whom it names
            looser, tighter = tighter, looser
    if looser:
        return Verdict(other, "loosened", "; ".join(looser))
    if unclear:
        return Verdict(other, "changed", "; ".join(unclear))
    return Verdict(other, "tightened", "; ".join(tighter))


def _way(old: str | None, new: str | None, name: str) -> tuple[str, str]:
    """Tell whether the condition *new* lets more rows through than *old*."""
    said = f"{name.upper()} was {old or 'absent'} and is {new or 'absent'}"
    if name == "with check" and (old is None or new is None):
        # Without one, USING counts for new rows, too.
        return ("tighter" if old is None else "looser"), said
    ands, later = _arms(old, _AND), _arms(new, _AND)
    if new == "true" or later < ands:
        return "looser", said
    if old == "true" or ands < later:
        return "tighter", said
    if _arms(old, _OR) < _arms(new, _OR):
        return "looser", said
    if _arms(new, _OR) < _arms(old, _OR):
        return "tighter", said
    return "unclear", said


_AND: Final = enums.BoolExprType.AND_EXPR
_OR: Final = enums.BoolExprType.OR_EXPR


def _arms(condition: str | None, kind: Any) -> frozenset[str]:
    """Give the conditions that AND or OR joins in *condition*, as normalised text."""
    try:
        tree: Any = parse_sql(f"select {condition}")[0].stmt
    except ParseError:
        return frozenset({condition or ""})
    return frozenset(_flat(tree.targetList[0].val, kind))


def _flat(node: Any, kind: Any) -> Iterator[str]:
    if isinstance(node, ast.BoolExpr) and node.boolop == kind:
        for argument in node.args or ():
            yield from _flat(argument, kind)
    else:
        yield RawStream()(node)
