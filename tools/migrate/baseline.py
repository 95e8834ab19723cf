"""Adopts a database that was not made by these migrations, but equals what they give.

`python -m tools.migrate baseline [--until NNNN]` compares it with a throw-away server
of the same version that has run them. Only where nothing differs are they recorded, all
in one transaction, and none of them is run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import Connection

from tools import catalog
from tools.catalog import host
from tools.console import Failure
from tools.console.reporter import Reporter
from tools.migrate import expected, ledger, target
from tools.migrate import files as migration_files
from tools.migrate.files import MigrationFile
from tools.migrate.options import Options
from tools.postgres.target import describe, libpq_url

_SHOWN: Final = 20


def adopt(url: str, *, until: str | None, directory: Path) -> list[str]:
    """Record the migrations up to *until* as applied; return their ids.

    Raises:
        Failure: the database differs from what they give, or has a record already.
    """
    files = migration_files.read(directory)
    if until is not None:
        last = migration_files.find(files, until)
        files = files[: files.index(last) + 1]
    with target.opened(url, Options(), Reporter(quiet=True)) as session, session.lock():
        unknown = _unrecorded(session.connection, files)
        _prove(url, until, directory)
        session.write(*_records(unknown))
    return [file.id for file in unknown]


def _records(files: Sequence[MigrationFile]) -> Iterator[str]:
    """Yield the statements that record *files* as they are, none of them run."""
    yield ledger.bookkeeping().rstrip(";")
    for file in files:
        yield ledger.unmarked([file.id])
        yield ledger.applied(file, "mark", "baseline")


def _unrecorded(
    connection: Connection[Any], files: Sequence[MigrationFile]
) -> list[MigrationFile]:
    """Return those of *files* that have no record with a checksum.

    Raises:
        Failure: all of them have.
    """
    known = ledger.known(connection)
    unknown = [file for file in files if file.id not in known]
    if not unknown:
        raise Failure(
            f"there is a record of all {len(files)} migrations already",
            next="make status shows it; make migrate goes on from there",
        )
    return unknown


def _prove(url: str, until: str | None, directory: Path) -> None:
    """Compare the database with what the migrations give.

    Raises:
        Failure: with the differences.
    """
    with psycopg.connect(libpq_url(url)) as connection:
        major = connection.info.server_version // 10_000
        facts = catalog.facts(connection)
    wanted = expected.from_migrations(major, until, directory=directory)
    found, _ = host.sort_out(catalog.differences(wanted, facts))
    if not found:
        return
    lines = catalog.describe(found, "the migrations", "the database")
    more = [f"… and {len(lines) - _SHOWN} lines more"] if len(lines) > _SHOWN else []
    raise Failure(
        "\n  ".join(
            [
                "the database is not what the migrations give,"
                f" {len(found)} differences:",
                *lines[:_SHOWN],
                *more,
            ]
        ),
        where=describe(url),
        next="nothing was recorded: bring one to the other by hand, or name the last"
        " migration that it equals: make baseline until=NNNN",
    )
