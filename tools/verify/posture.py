"""Look whether a live database still keeps every rule of sql/lints/: `make posture`.

    python -m tools.verify.posture [--json] [--about schema|server] [--list]

It looks at DATABASE_URL, or at the project's private server where that is not set, and
changes nothing. Exit status: 0 nothing to stop for; 1 a rule of severity `stop` is
broken; 2 used wrongly. A rule that this login may not look at is a note.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

import psycopg

from tools.console import run, say
from tools.postgres.server import admin_url
from tools.postgres.target import (
    CONNECT_SECONDS,
    Reason,
    Unusable,
    check_target,
    libpq_url,
)
from tools.verify import lints
from tools.verify.lints import Finding


def main(argv: Sequence[str]) -> int:
    """Print what is not as it should be, the gravest first."""
    parser = argparse.ArgumentParser(prog="python -m tools.verify.posture")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--about", choices=("schema", "server"))
    parser.add_argument("--list", action="store_true", help="the rules, a line each")
    chosen = parser.parse_args(argv)
    rules = [rule for rule in lints.read() if chosen.about in (None, rule.about)]
    if chosen.list:
        for rule in rules:
            say(f"{rule.key} ({rule.severity}, {rule.about}): {rule.page}")
        return 0
    found = look(admin_url(), rules)
    stops = sum(one.severity == "stop" for one in found)
    if chosen.json:
        report = {"checks": len(rules), "findings": [asdict(one) for one in found]}
        sys.stdout.write(json.dumps(report, indent=2) + "\n")
    else:
        for one in found:
            say(f"{one.severity}: {one.object}: {one.what} [{one.key}]")
            say(f"    {one.why}" + (f"\n    mend: {one.mend}" if one.mend else ""))
        say(f"{len(rules)} checks, {len(found)} findings, {stops} to stop for")
    return 1 if stops else 0


def look(url: str, rules: Sequence[lints.Lint]) -> list[Finding]:
    """Run *rules* on the database at *url*, without changing it.

    Raises:
        Failure: the database cannot be reached.
    """
    try:
        check_target(url)
    except Unusable as refusal:
        if refusal.reason is not Reason.READ_ONLY:  # a standby can be looked at
            raise
    with psycopg.connect(
        libpq_url(url),
        connect_timeout=CONNECT_SECONDS,
        application_name="todo-posture",
    ) as connection:
        connection.read_only = True
        found = list(lints.find(connection, rules))
    order = lints.SEVERITIES.index
    return sorted(found, key=lambda one: (order(one.severity), one.key, one.object))


if __name__ == "__main__":
    run(main)
