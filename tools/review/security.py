"""The security of two states of a schema: what is opened, closed, handed over."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from tools.catalog import Facts
from tools.review import policies
from tools.review.findings import Finding, Severity
from tools.review.trace import Trace

NOTE, LOOK, STOP = Severity.NOTE, Severity.LOOK, Severity.STOP

_SAFE: Final = "enabled and forced"
_GRANT: Final = re.compile(r"(?P<object>.+): grant to (?P<grantee>.+)")
_POWERS: Final = (
    "superuser",
    "bypasses row level security",
    "creates roles",
    "creates databases",
    "replication",
)


@dataclass(frozen=True)
class Item:
    """One line of the security diff.

    Attributes:
        kind: `grant added`, `policy removed` …, for the counts.
        key: of the finding that it makes.
        severity: of it.
        path: among the facts.
        text: a sentence.
    """

    kind: str
    key: str
    severity: Severity
    path: str
    text: str


def items(before: Facts, after: Facts) -> list[Item]:
    """Give all that differs in security, by path."""
    found = [
        *_policies(before, after),
        *_row_security(before, after),
        *_grants(before, after),
        *_roles(before, after),
        *_functions(before, after),
        *_others(before, after),
    ]
    return sorted(found, key=lambda item: (item.path, item.kind, item.text))


def findings(found: list[Item], trace: Trace) -> Iterator[Finding]:
    """Turn the items into findings, at the statements that caused them."""
    for item in found:
        file, place = trace.of(item.path)
        yield Finding(item.key, item.severity, place or item.path, item.text, file)


def _policies(before: Facts, after: Facts) -> Iterator[Item]:
    weights = {"removed": STOP, "loosened": STOP, "changed": LOOK}
    for verdict in policies.compare(before, after):
        name = f"Policy {verdict.policy.name} of {verdict.policy.table}"
        yield Item(
            f"policy {verdict.what}",
            f"policy-{verdict.what}",
            weights.get(verdict.what, NOTE),
            verdict.policy.path,
            f"{name} is {verdict.what}: {verdict.why}.",
        )


def _row_security(before: Facts, after: Facts) -> Iterator[Item]:
    for path, value in after.items():
        if not path.endswith(": row level security"):
            continue
        table = path.removesuffix(": row level security")
        old = before.get(path)
        if old == value or (
            old is None and (value == _SAFE or not _open(table, after))
        ):
            continue
        if value == _SAFE:
            text = f"Row-level security of {table} is {value} now."
            yield Item("RLS on", "rls-on", NOTE, path, text)
        elif old is None:
            text = f"New {table} is granted to others, and its row-level security is"
            yield Item("RLS off", "rls-missing", STOP, path, f"{text} {value}.")
        else:
            key = (
                "force-removed" if "enabled" in value.split(",")[0] else "rls-disabled"
            )
            text = f"Row-level security of {table} was {old} and is {value}."
            severity = STOP if _rank(value) < _rank(old) else LOOK
            yield Item("RLS off", key, severity, path, text)


def _rank(value: str) -> int:
    order = ("disabled", "forced, not enabled", "enabled, not forced", _SAFE)
    return order.index(value) if value in order else 0


def _open(table: str, facts: Facts) -> bool:
    """Tell whether anybody but the owner may do anything with *table*."""
    owner = facts.get(f"{table}: owner")
    return any(
        match["grantee"] != owner
        for match in map(_GRANT.fullmatch, facts)
        if match and match["object"].startswith(table)
        and match["object"][len(table) : len(table) + 2] in ("", ": ")
    )  # fmt: skip


def _grants(before: Facts, after: Facts) -> Iterator[Item]:
    for path in sorted(before.keys() | after.keys()):
        match = _GRANT.fullmatch(path)
        if not match or before.get(path) == after.get(path):
            continue
        thing, who = match["object"], match["grantee"]
        root = thing.partition(": column ")[0]
        if who in (after.get(f"{root}: owner"), before.get(f"{root}: owner")):
            continue
        had, has = _privileges(before.get(path)), _privileges(after.get(path))
        new = not any(key.startswith(f"{root}: ") for key in before)
        if more := has - had:
            what = f"{', '.join(sorted(more))} on {thing} is granted to {who}."
            key, severity = "grant-added", NOTE if new else LOOK
            if who == "PUBLIC":
                key, severity = "grant-to-public", STOP
            elif any("grant option" in one for one in more):
                key, severity = "grant-option", STOP
            yield Item("grant added", key, severity, path, what)
        if (fewer := had - has) and any(key.startswith(f"{root}: ") for key in after):
            what = f"{', '.join(sorted(fewer))} on {thing} is taken from {who}."
            yield Item("grant removed", "grant-removed", NOTE, path, what)


def _privileges(value: str | None) -> frozenset[str]:
    """Split `INSERT, SELECT with grant option; UPDATE by x` into single privileges."""
    found = set()
    for part in (value or "").split("; "):
        text = re.sub(r" by .*$", "", part)
        option = " with grant option" if text.endswith(" with grant option") else ""
        for name in text.removesuffix(" with grant option").split(", "):
            if name:
                found.add(name + option)
    return frozenset(found)


def _roles(before: Facts, after: Facts) -> Iterator[Item]:
    for path, value in after.items():
        thing, _, part = path.partition(": ")
        old = before.get(path)
        if not thing.startswith("role ") or old == value:
            continue
        if part in _POWERS and value == "yes":
            text = (
                f"{thing.capitalize()} has a power that outranks every policy: {part}."
            )
            yield Item("role", "role-power", STOP, path, text)
        elif part == "may log in" and value == "yes":
            yield Item("role", "role-login", LOOK, path, f"R{thing[1:]} may log in.")
        elif part.startswith("member of "):
            text = f"R{thing[1:]} is {part}: {value}."
            yield Item("membership added", "membership-added", LOOK, path, text)
        elif part.startswith("setting "):
            text = f"R{thing[1:]} starts with {part} = {value}."
            yield Item("role", "role-setting", LOOK, path, text)
    for path in before.keys() - after.keys():
        thing, _, part = path.partition(": ")
        if thing.startswith("role ") and part.startswith("member of "):
            text = f"R{thing[1:]} is no longer {part}."
            yield Item("membership removed", "membership-removed", NOTE, path, text)


def _functions(before: Facts, after: Facts) -> Iterator[Item]:
    for path, value in after.items():
        name, _, part = path.partition(": ")
        if not name.startswith("function ") or part != "security" or value != "definer":
            continue
        setting = f"{name}: setting search_path"
        same = before.get(path) == value
        if setting not in after and (not same or setting in before):
            text = f"{name} runs with its owner's rights and whatever search_path its"
            text += " caller sets: state one."
            yield Item("definer", "definer-search-path", STOP, path, _capital(text))
        elif not same:
            text = f"{name} runs with the rights of {after.get(f'{name}: owner')}."
            yield Item("definer", "definer-added", LOOK, path, _capital(text))
        elif before.get(setting) != after.get(setting):
            text = f"search_path of {name} was {before.get(setting)} and is"
            text = f"{_capital(text)} {after.get(setting)}."
            yield Item("search_path", "definer-search-path", LOOK, setting, text)


def _others(before: Facts, after: Facts) -> Iterator[Item]:
    for path, value in after.items():
        old = before.get(path)
        if old == value:
            continue
        if path.endswith(": owner") and old is not None:
            text = f"{_capital(path[:-7])} belonged to {old} and belongs to {value}."
            yield Item("owner", "owner-changed", LOOK, path, text)
        elif path.endswith(": enforcement"):
            text = f"Enforcement of {path[:-13]} is {value}."
            yield Item("enforcement", "enforcement-changed", STOP, path, text)
        elif path.startswith("default privileges"):
            text = f"{_capital(path)} are {value}."
            yield Item("default privileges", "default-privileges", LOOK, path, text)


def counts(found: list[Item]) -> Mapping[str, int]:
    """Count the items of each kind."""
    kinds = [item.kind for item in found]
    return {kind: kinds.count(kind) for kind in sorted(set(kinds))}


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
