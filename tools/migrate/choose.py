"""Which files a run may take, and what is refused about them before the first one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from tools.console import Failure
from tools.migrate import compare
from tools.migrate import files as migration_files
from tools.migrate.files import MigrationFile, shown
from tools.migrate.ledger import Record

ALL: Final = "0000"


def reversible(
    files: Sequence[MigrationFile], records: Mapping[str, Record]
) -> list[MigrationFile]:
    """Return the files that left something in the database, in order.

    Raises:
        Failure: files and database disagree.
    """
    for file in compare.pending(files, records):
        if compare.folds(file, records):
            raise Failure(
                f"{file.id} is not recorded yet in place of {len(file.replaces)}"
                " applied migrations",
                where=shown(file.path),
                next="make migrate records it and runs nothing of it",
            )
    return [file for file in files if file.id in records]


def to_take_back(
    files: Sequence[MigrationFile], records: Mapping[str, Record], to: str | None
) -> list[MigrationFile]:
    """Return the files to take back, the last applied first.

    Args:
        files: of the directory.
        records: of the database.
        to: the id or number that stays last; None takes back one, `0000` all.

    Raises:
        Failure: one of them is irreversible, or files and database disagree.
    """
    applied = reversible(files, records)
    if to is None:
        chosen = applied[-1:]
    elif to == ALL:
        chosen = applied
    else:
        last = migration_files.find(files, to)
        chosen = [file for file in applied if file.number > last.number]
    refuse_irreversible(chosen)
    return chosen[::-1]


def refuse_irreversible(files: Sequence[MigrationFile]) -> None:
    """Refuse to take back what says that there is no way back.

    Raises:
        Failure: with its reason.
    """
    for file in files:
        if file.irreversible:
            raise Failure(
                f"{file.id} is irreversible: {file.irreversible}",
                where=file.header.place("irreversible"),
                next="write a new migration that goes forward, or restore a backup",
            )


def refuse_gap(chosen: Sequence[MigrationFile], found: Sequence[MigrationFile]) -> None:
    """Refuse to leave out a file whose turn is earlier.

    Args:
        chosen: what is to run, in order.
        found: what could run, in order.

    Raises:
        Failure: *chosen* is not how *found* begins.
    """
    for file, due in zip(chosen, found, strict=False):
        if file.id != due.id:
            raise Failure(
                f"{file.id} is not next: {due.id} comes before it",
                where=shown(due.path),
                next="take it too; files are applied, and taken back, in their order",
            )
    if len(chosen) > len(found):
        raise Failure(
            f"{chosen[len(found)].id} is not next: another run was faster",
            next="make status shows what is applied",
        )


def check(files: Sequence[MigrationFile]) -> None:
    """Look inside of the files that are about to run, before the first one does.

    Raises:
        Failure: by name, with file and line.
    """
    if files:
        from tools.migrate import refusals  # with PostgreSQL's parser, slow to import

        for file in files:
            refusals.check(file)
