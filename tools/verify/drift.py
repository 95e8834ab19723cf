"""Compare a live database with what the checkout's migrations give: `make drift`.

    python -m tools.verify.drift [--schema NAME …]

It looks at DATABASE_URL, or at the project's private server where that is not set, and
changes nothing. A database that has not got all migrations yet is compared with what
those give that it has. Exit status: 0 no drift; 1 drift, told in words, with the file
of sql/ that says otherwise; 2 used wrongly.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg

from tools import catalog, migrate
from tools.catalog import Difference, Facts
from tools.catalog.reader import connect
from tools.console import Failure, run, say
from tools.migrate import compare, ledger
from tools.migrate import files as migration_files
from tools.migrate.ledger import Record
from tools.postgres.server import admin_url, find_bin, throwaway
from tools.postgres.target import Reason, Unusable, check_target, describe
from tools.project import MIGRATIONS
from tools.verify import provenance

EXPECTED: Final = "migrations/"
ACTUAL: Final = "the database"

# Facts that the host decides when it makes the database, not a migration.
GIVEN: Final = (
    "database: character classes",
    "database: collation",
    "database: locale",
    "database: locale provider",
    "database: locale rules",
)

_OURS: Final = re.compile(r"schema app\b")
_HOST: Final = re.compile(
    r"((database|schema public): grant to |default privileges of )"
    r"(?!todo_|PUBLIC\b|\(migrator\))"
)

# Ending and cancelling the other sessions of one's role: only a superuser can take it
# from PUBLIC, so that no migration does.
_SIGNALS: Final = re.compile(r"system function .*\bpg_(terminate|cancel)_backend\(")


@dataclass(frozen=True)
class Live:
    """What was read from the database in question.

    Attributes:
        facts: of its catalogue.
        major: its server's version.
        records: of the migrations that it says it has, by id, in order.
        logins: those whose claims it believes (`tools.credentials.jwt_login`).
    """

    facts: Facts
    major: int
    records: Mapping[str, Record]
    logins: frozenset[str] = frozenset()


def main(argv: Sequence[str]) -> int:
    """Say what differs, and which way.

    Raises:
        Failure: the database cannot be read, or a migration does not run.
    """
    chosen = _parser().parse_args(argv)
    url = admin_url()
    _check_readable(url)
    live = read(url, chosen.schema)
    if not live.records and not any(map(_OURS.match, live.facts)):
        raise Failure(
            "the migrations are not applied to this database",
            where=describe(url),
            next="make migrate; or correct DATABASE_URL",
        )
    say(f"drift of {describe(url)}, PostgreSQL {live.major}")
    history = _history(live.records)
    expected = expectation(live.major, _last(live.records), chosen.schema)
    found = catalog.differences(expected, live.facts)
    drift, given = sort_out(found, live.logins)
    for line in catalog.describe(given, EXPECTED, ACTUAL):
        say(f"  not counted: {line}")
    for line in [*history, *catalog.describe(drift, EXPECTED, ACTUAL)]:
        say(f"  {line}")
    if not drift and not history:
        say(f"no drift: {len(expected)} facts agree")
        return 0
    files = provenance.files_of((one.key for one in drift), expected)
    say(f"{_count(len(drift) + len(history))}; see {', '.join(files) or 'make status'}")
    say("next: make new m=… to keep what the database has, or put it back by hand")
    return 1


def _check_readable(url: str) -> None:
    """Refuse a database that cannot be read; a standby can."""
    try:
        check_target(url)
    except Unusable as refusal:
        if refusal.reason is not Reason.READ_ONLY:
            raise


def read(url: str, schemas: Sequence[str] | None = None) -> Live:
    """Read the database at *url* without changing it."""
    with connect(url) as connection:
        connection.read_only = True
        return Live(
            facts=catalog.facts(connection, schemas=schemas),
            major=connection.info.server_version // 10_000,
            records=ledger.read(connection),
            logins=_trusted_logins(connection),
        )


def _trusted_logins(connection: psycopg.Connection) -> frozenset[str]:
    """Read who is listed, which is a part of the state that is wanted."""
    try:
        with connection.transaction():
            rows = connection.execute(
                "select login from app_private.trusted_jwt_logins"
            ).fetchall()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege):
        return frozenset()
    return frozenset(row[0] for row in rows)


def expectation(
    major: int,
    until: str | None,
    schemas: Sequence[str] | None = None,
    directory: Path = MIGRATIONS,
) -> Facts:
    """Give the facts of a new database with the migrations up to *until*.

    Args:
        major: the version of the server to try it on, where it is installed.
        until: the last migration; None for all.
        schemas: only these.
        directory: of the migrations.
    """
    with throwaway(_programs(major)) as cluster:
        with connect(cluster.url()) as connection:
            connection.autocommit = True
            connection.execute("create database expected")  # `postgres` has a comment
        url = cluster.url("expected")
        migrate.apply(url, until=until, directory=directory)
        return catalog.facts(url, schemas=schemas)


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


def _history(records: Mapping[str, Record]) -> list[str]:
    """Say which files were edited, renamed or deleted after they had been applied."""
    found = compare.findings(migration_files.read(MIGRATIONS), records)
    return [f"{one.where}: {one.what}" for one in found.values()]


def _last(records: Mapping[str, Record]) -> str | None:
    """Give the migration to compare with, and say what is not applied yet."""
    ids = [file.id for file in migration_files.read(MIGRATIONS)]
    applied = [id for id in ids if id in records and not records[id].unfinished]
    if not applied:
        say("  no migration is recorded; compared with all of them")
        return None
    if pending := [id for id in ids if id not in applied]:
        say(f"  not applied yet, and left out: {', '.join(pending)}")
    return applied[-1]


def _programs(major: int) -> Path:
    """Find a server of the same version: other versions print views differently."""
    try:
        return find_bin(major)
    except Failure:
        other = find_bin()
        say(f"  PostgreSQL {major} is not installed; compared with {other}, which may "
            "print the text of a view differently")  # fmt: skip
        return other


def _count(number: int) -> str:
    return "1 difference" if number == 1 else f"{number} differences"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.verify.drift",
        description="Compare a live database with what the migrations give.",
    )
    parser.add_argument(
        "--schema",
        action="append",
        metavar="NAME",
        help="only this schema, and what belongs to no schema; may be repeated",
    )
    return parser


if __name__ == "__main__":
    run(main)
