"""Which differences of two catalogues only the host or the operator decides."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from tools.catalog.compare import Difference
from tools.project import MONITOR

# Facts that the host decides when it makes the database, not a migration.
GIVEN: Final = (
    "database: character classes",
    "database: collation",
    "database: locale",
    "database: locale provider",
    "database: locale rules",
)

_HOST: Final = re.compile(
    r"((database|schema public): grant to |default privileges of )"
    r"(?!todo_|PUBLIC\b|\(migrator\))"
)

# Ending and cancelling the other sessions of one's role: only a superuser can take it
# from PUBLIC, so that no migration does.
_SIGNALS: Final = re.compile(r"system function .*\bpg_(terminate|cancel)_backend\(")


def sort_out(
    found: Sequence[Difference], logins: frozenset[str] = frozenset()
) -> tuple[list[Difference], list[Difference]]:
    """Part drift from what only the host or the operator decides.

    That is the locale, the version of an extension, what the host's own roles may do
    with the database and its schema `public`, and that *logins* may connect and become
    todo_user.
    """
    given = [one for one in found if _is_given(one) or _is_listed(one, logins)]
    return [one for one in found if one not in given], given


def _is_given(one: Difference) -> bool:
    if one.key in GIVEN:
        return True
    if _SIGNALS.match(one.key) and one.actual == "nothing":
        return True  # taken from PUBLIC, as posture advises
    if (one.object, one.part) == (f"role {MONITOR}", "member of pg_monitor"):
        return True  # given by `make monitor-login`, where the host lets it
    if one.object.startswith("extension "):
        return not one.part and None not in (one.expected, one.actual)
    host = _HOST.match(one.key)
    return bool(host) and "todo_" not in (one.actual or "")


def _is_listed(one: Difference, logins: frozenset[str]) -> bool:
    """Tell what a listed login has to have; anything beyond it is drift."""
    if one.object == "database":
        name = one.part.removeprefix("grant to ")
        return name in logins and one.actual == "CONNECT"
    name = one.object.removeprefix("role ")
    member = one.part == "member of todo_user" and one.expected is None
    return (
        member and name in logins and not (one.actual or "inherits").startswith("inher")
    )
