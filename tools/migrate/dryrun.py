"""The exact SQL of a run, printed instead of sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from tools.migrate import batches, engine, leftovers, marks, record, target, transaction
from tools.migrate import files as migration_files
from tools.migrate.backend import CLEAN, Backend
from tools.migrate.files import MigrationFile, shown
from tools.migrate.options import Options
from tools.migrate.report import Reporter


def apply(
    url: str, until: str | None, directory: Path, options: Options
) -> Iterator[str]:
    """Yield the SQL that `engine.apply` would send.

    Raises:
        Failure: whatever it would refuse.
    """
    files = migration_files.read(directory)
    with target.opened(url, options, Reporter(quiet=True)) as backend:
        pending = engine.pending(backend, files, until)
        engine.check(pending)
        yield from script(backend, pending, forward=True)


def rollback(
    url: str, to: str | None, directory: Path, options: Options
) -> Iterator[str]:
    """Yield the SQL that `engine.rollback` would send.

    Raises:
        Failure: whatever it would refuse.
    """
    files = migration_files.read(directory)
    with target.opened(url, options, Reporter(quiet=True)) as backend:
        chosen = engine.to_take_back(backend, files, to)
        engine.check(chosen)
        yield from script(backend, chosen, forward=False)


def script(
    backend: Backend, files: Sequence[MigrationFile], *, forward: bool
) -> Iterator[str]:
    """Yield the lines of SQL that a run over *files* would send, in order."""
    yield from (f"{line};" for line in CLEAN)
    if forward and not record.exists(backend.connection):
        yield f"\nbegin;\n{record.BOOKKEEPING.read_text().strip()}\ncommit;"
    for file in files:
        path = file.path if forward else file.rollback_path
        yield f"\n-- {shown(path)}"
        if file.is_backfill and forward:
            yield from _backfill(backend, file)
        elif file.transactional or file.is_backfill:
            yield from _transaction(backend, file, forward=forward)
        else:
            yield from _steps(backend, file, forward=forward)


def _transaction(
    backend: Backend, file: MigrationFile, *, forward: bool
) -> Iterator[str]:
    yield f"{transaction.whole(backend, file, forward=forward).text};"


def _steps(backend: Backend, file: MigrationFile, *, forward: bool) -> Iterator[str]:
    statements = file.statements if forward else file.rollback_statements
    for statement in statements:
        if statement.alone:
            limit = file.lock_timeout
            if limit is None:
                limit = leftovers.lock_timeout(statement, backend.options.lock_timeout)
            yield from (f"{line};" for line in backend.limits(file, limit, "session"))
            yield f"{statement.text};"
        else:
            yield from _begin(backend, file)
            yield f"{statement.text};\ncommit;"
    yield from _marks(backend, file, forward=forward)


def _backfill(backend: Backend, file: MigrationFile) -> Iterator[str]:
    spec = batches.parse(file)
    query = batches.change(
        spec, file.statements[0], ["text"] * len(spec.key), first=False
    )
    yield (
        f"-- for each {spec.batch:,} rows of {spec.name}, {spec.pause} ms apart, with"
        " the types of the key in place of text:"
    )
    yield from _begin(backend, file)
    yield f"{query.as_string(backend.connection)};\ncommit;"
    yield from _marks(backend, file, forward=True)


def _begin(backend: Backend, file: MigrationFile) -> Iterator[str]:
    yield "begin;"
    limits = backend.limits(file, backend.lock_limit(file))
    yield from (f"{line};" for line in limits)


def _marks(backend: Backend, file: MigrationFile, *, forward: bool) -> Iterator[str]:
    yield "begin;"
    yield from (f"{line};" for line in marks.end(backend, file, forward=forward))
