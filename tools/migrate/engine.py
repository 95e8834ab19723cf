"""The course of a run: read, compare, refuse, lock, apply or take back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import psycopg

from tools.console import Failure
from tools.migrate import compare, marks, record, target
from tools.migrate import files as migration_files
from tools.migrate.backend import Backend, Migration
from tools.migrate.files import MigrationFile, shown
from tools.migrate.options import Options
from tools.migrate.report import Reporter

ALL: Final = "0000"


def apply(
    url: str, *, until: str | None, directory: Path, report: Reporter, options: Options
) -> list[str]:
    """Apply what is pending, see `tools.migrate.apply`."""
    files = migration_files.read(directory)
    with target.opened(url, options, report) as backend:
        if not pending(backend, files, until):
            return []
        with backend.lock():
            chosen = pending(backend, files, until)
            check(chosen)
            backend.ensure_internal_schema_updated()
            return _run_all(backend, chosen, forward=True)


def rollback(
    url: str, *, to: str | None, directory: Path, report: Reporter, options: Options
) -> list[str]:
    """Take migrations back, see `tools.migrate.rollback`."""
    files = migration_files.read(directory)
    with target.opened(url, options, report) as backend, backend.lock():
        chosen = to_take_back(backend, files, to)
        check(chosen)
        return _run_all(backend, chosen, forward=False)


def pending(
    backend: Backend, files: Sequence[MigrationFile], until: str | None
) -> list[MigrationFile]:
    """Return the files to apply, in order.

    Args:
        backend: with the connection.
        files: of the directory.
        until: the id or number of the last one; None for all.

    Raises:
        Failure: files and database disagree.
    """
    found = compare.pending(files, record.read(backend.connection))
    if until is None:
        return found
    last = migration_files.find(files, until)
    return [file for file in found if file.number <= last.number]


def to_take_back(
    backend: Backend, files: Sequence[MigrationFile], to: str | None
) -> list[MigrationFile]:
    """Return the files to take back, the last applied first.

    Args:
        backend: with the connection.
        files: of the directory.
        to: the id or number that stays last; None takes back one, `0000` all.

    Raises:
        Failure: one of them is irreversible, or files and database disagree.
    """
    records = record.read(backend.connection)
    for file in compare.pending(files, records):
        if compare.folds(file, records):
            raise Failure(
                f"{file.id} is not recorded yet in place of {len(file.replaces)}"
                " applied migrations",
                where=shown(file.path),
                next="make migrate records it and runs nothing of it",
            )
    applied = [file for file in files if file.id in records]
    if to is None:
        chosen = applied[-1:]
    elif to == ALL:
        chosen = applied
    else:
        last = migration_files.find(files, to)
        chosen = [file for file in applied if file.number > last.number]
    for file in chosen:
        if file.irreversible:
            raise Failure(
                f"{file.id} is irreversible: {file.irreversible}",
                where=file.header.place("irreversible"),
                next="write a new migration that goes forward, or restore a backup",
            )
    return chosen[::-1]


def check(files: Sequence[MigrationFile]) -> None:
    """Look inside of the files that are about to run, before the first one does.

    Raises:
        Failure: by name, with file and line.
    """
    if files:
        from tools.migrate import refusals

        for file in files:
            refusals.check(file)


def _run_all(
    backend: Backend, files: Sequence[MigrationFile], *, forward: bool
) -> list[str]:
    records = record.read(backend.connection)
    return [
        _fold(backend, file)
        if forward and compare.folds(file, records)
        else _run(backend, file, forward=forward)
        for file in files
    ]


def _fold(backend: Backend, file: MigrationFile) -> str:
    """Record *file* in place of the migrations that it was squashed from."""
    marks.fold(backend, file)
    backend.report.note(
        f"{file.id} is recorded in place of {len(file.replaces)} applied migrations"
    )
    return file.id


def _run(backend: Backend, file: MigrationFile, *, forward: bool) -> str:
    from tools.migrate import failures

    migration = Migration(file)
    try:
        if forward:
            backend.apply_one(migration)
        else:
            backend.rollback_one(migration)
    except failures.StatementError as failed:
        raise failures.told(failed, file, forward=forward) from failed
    except psycopg.Error as error:
        raise failures.at_commit(error, file) from error
    return file.id
