"""Applies the last migration again after an edit: `make redo`.

That is how one works on a migration that is not released. It is taken back by the
rollback that belongs to what was applied, not by the one that stands there now.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tools.console import Failure
from tools.console.reporter import Reporter
from tools.migrate import choose, compare, execute, header, ledger, released, target
from tools.migrate import files as migration_files
from tools.migrate.backend import Backend
from tools.migrate.files import MigrationFile, shown
from tools.migrate.options import Options


def redo(
    url: str,
    directory: Path,
    report: Reporter,
    options: Options,
    *,
    by_file: bool = False,
    confirm: Callable[[str], None] = lambda _: None,
) -> str:
    """Take the last applied migration back, apply it as its file is now, return its id.

    Args:
        url: of the database.
        directory: of the files.
        report: of the run.
        options: limits of the run.
        by_file: take it back by the rollback as it is now, where the one that was
            applied is wrong.
        confirm: is told what is about to be taken back, and may refuse.

    Raises:
        Failure: it is released, irreversible or not the last file; or it failed.
    """
    files = migration_files.read(directory)
    with Backend(None, session=target.opened(url, options, report)) as backend:
        with backend.lock():
            records = ledger.read(backend.session.connection)
            file = _last(files, records)
            released.refuse(file.path)
            _refuse_others(file, files, records)
            choose.check([file])  # before anything is taken back
            applied = _applied(backend, file, by_file=by_file)
            confirm(file.id)
            execute.told(backend.session, applied, forward=False)
            again = backend.to_apply(backend.read(directory))
            backend.apply_migrations(again.filter(lambda m: m.id == file.id))
            return file.id


def _last(
    files: list[MigrationFile], records: dict[str, ledger.Record]
) -> MigrationFile:
    """Return the file of the last applied migration.

    Raises:
        Failure: there is none, or its file is gone.
    """
    if not records:
        raise Failure("no migration is applied", next="make migrate")
    last = max(records)
    for file in files:
        if file.id == last:
            return file
    raise Failure(
        f"{last} is the last one that is applied, and its file is gone",
        next=f"give it its name back, or see it: python -m tools.migrate show {last}",
    )


def _refuse_others(
    file: MigrationFile,
    files: list[MigrationFile],
    records: dict[str, ledger.Record],
) -> None:
    """Refuse while something is wrong with another file."""
    wrong = compare.findings(files, records)
    wrong.pop(file.id, None)
    for failure in wrong.values():
        raise failure


def _applied(backend: Backend, file: MigrationFile, *, by_file: bool) -> MigrationFile:
    """Return *file* as it was applied, with the rollback to take it back by.

    Raises:
        Failure: it was irreversible.
    """
    course = ledger.course(backend.session.connection, file.id)
    if course is None:
        raise Failure(
            f"{file.id} is recorded without its text",
            where=shown(file.path),
            next="make baseline adopts what was applied otherwise",
        )
    back = file.rollback_sql if by_file else course.rollback_source
    then = replace(
        file,
        sql=course.source,
        rollback_sql=back,
        header=header.parse(course.source, shown(file.path)),
    )
    if back is None:
        raise Failure(
            f"{file.id} has no rollback: {then.irreversible or file.irreversible}",
            where=shown(file.path),
            next="write one and say so: make redo by=file; or make reset migrate, if"
            " the database is your own",
        )
    choose.check([then])
    return then
