"""Rules of sql/lints/ that hold before a change and are broken after it.

The same files that pgTAP and `make posture` ask. They speak of this project's schemas,
and of any other that a change makes, as one that no rule is about.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg

from tools.review.findings import Finding, Severity
from tools.review.trace import Trace
from tools.verify import lints

Broken = frozenset[lints.Finding]


def broken(connection: psycopg.Connection[Any]) -> Broken:
    """Give what is not as the rules about the schema want it."""
    rules = [rule for rule in lints.read() if rule.about == "schema"]
    return frozenset(lints.find(connection, rules))


def findings(before: Broken, after: Broken, trace: Trace) -> Iterator[Finding]:
    """Turn what is broken only *after* into findings, where they were caused.

    A rule that could not be asked says nothing of the change.
    """
    for one in sorted(after - before, key=lambda one: (one.key, one.object, one.what)):
        if one.object == lints.UNREAD:
            continue
        file, place = trace.naming(one.object)
        text = f"{one.object}: {one.what}. {one.why}"
        text += f" Mend it by: {one.mend}" if one.mend else ""
        severity = Severity[one.severity.upper()]
        yield Finding(f"lint/{one.key}", severity, place or one.object, text, file)
