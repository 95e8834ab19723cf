"""Compare a live database with what the checkout's migrations give: `make drift`.

    python -m tools.verify.drift [--schema NAME …]

It looks at DATABASE_URL, or at the project's private server where that is not set, and
changes nothing. A database that has not got all migrations yet is compared with what
those give that it has. What would mend it is printed as SQL that psql takes, with what
is dangerous about a statement in a comment above it. Exit status: 0 no drift; 1 drift,
told in words, with the file of sql/ that says otherwise; 2 used wrongly.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import psycopg

from tools import catalog
from tools.catalog import Difference, Facts, host
from tools.catalog.reader import connect
from tools.console import Failure, run, say
from tools.migrate import compare, expected, ledger
from tools.migrate import files as migration_files
from tools.migrate.delta import Place
from tools.migrate.ledger import Record
from tools.postgres.server import admin_url, throwaway
from tools.postgres.target import Reason, Unusable, check_target, describe
from tools.project import MIGRATIONS
from tools.verify import provenance
from tools.verify.copying import copy_schema
from tools.verify.mend import mend

EXPECTED: Final = "migrations/"
ACTUAL: Final = "the database"

_OURS: Final = re.compile(r"schema app\b")


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
    with expected.database(live.major, _last(live.records)) as right:
        wanted = catalog.facts(right.url, schemas=chosen.schema)
        found = catalog.differences(wanted, live.facts)
        drift, given = host.sort_out(found, live.logins)
        for line in catalog.describe(given, EXPECTED, ACTUAL):
            say(f"  not counted: {line}")
        for line in [*history, *catalog.describe(drift, EXPECTED, ACTUAL)]:
            say(f"  {line}")
        if not drift and not history:
            say(f"no drift: {len(wanted)} facts agree")
            return 0
        files = provenance.files_of((one.key for one in drift), wanted)
        number = _count(len(drift) + len(history))
        say(f"{number}; see {', '.join(files) or 'make status'}")
        mended = bool(drift) and not chosen.schema and _mend(url, live, right)
    way = "run what is above" if mended else "put it back by hand"
    say(f"next: make new m=… to keep what the database has, or {way}")
    return 1


def _mend(url: str, live: Live, right: Place) -> bool:
    """Print what leads back, as SQL: what is dangerous, and what is left, as comments.

    Args:
        url: of the database, which is only read.
        right: as it should be.
    """

    def counted(found: Sequence[Difference]) -> Sequence[Difference]:
        return host.sort_out(found, live.logins)[0]

    with throwaway(right.cluster.bin) as cluster:
        try:
            copy = Place(cluster, copy_schema(url, cluster))
            _check_copy(copy, live)
            mending = mend(copy, right, counted)
        except Failure as failure:
            say(f"no statements that would mend it: {failure.what}")
            return False
    say("\n-- What would mend it, tried on a copy without rows:\nbegin;")
    say("set local lock_timeout = '2s';\nset local check_function_bodies = off;")
    for statement in mending.statements:
        for danger in statement.dangers:
            say(f"-- dangerous: {danger}")
        say(f"{statement.text.rstrip().rstrip(';')};")
    say("commit;")
    for line in catalog.describe(mending.left, EXPECTED, ACTUAL):
        say(f"-- not mended by these: {line}")
    say("")
    return True


def _check_copy(copy: Place, live: Live) -> None:
    """Refuse a copy that differs: what mends it would not mend the database.

    Raises:
        Failure: with the first difference.
    """
    facts = catalog.facts(copy.url)
    found, _ = host.sort_out(catalog.differences(live.facts, facts), live.logins)
    if found:
        line = found[0].words(ACTUAL, "its copy")
        raise Failure(f"it cannot be tried on a copy: {line}", next="mend it by hand")


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
