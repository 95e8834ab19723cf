"""The course of `make migrate` and `make rollback`, through yoyo's backend."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from yoyo.migrations import MigrationList

from tools.console.reporter import Reporter
from tools.migrate import choose, ledger, target
from tools.migrate import files as migration_files
from tools.migrate.backend import Backend
from tools.migrate.options import Options

ALL: Final = choose.ALL


def apply(
    url: str, *, until: str | None, directory: Path, report: Reporter, options: Options
) -> list[str]:
    """Apply what is pending, see `tools.migrate.apply`."""
    files = migration_files.read(directory)
    last = migration_files.find(files, until).number if until else None
    with Backend(None, session=target.opened(url, options, report)) as backend:
        found = backend.read(directory)
        if not _until(backend.to_apply(found), last):
            return []
        with backend.lock():
            chosen = _until(backend.to_apply(found), last)
            backend.apply_migrations(chosen)
            return [migration.id for migration in chosen]


def rollback(
    url: str, *, to: str | None, directory: Path, report: Reporter, options: Options
) -> list[str]:
    """Take migrations back, see `tools.migrate.rollback`."""
    with Backend(None, session=target.opened(url, options, report)) as backend:
        with backend.lock():
            found = backend.read(directory)
            records = ledger.read(backend.session.connection)
            ids = [
                file.id
                for file in choose.to_take_back([m.file for m in found], records, to)
            ]
            chosen = backend.to_rollback(found).filter(lambda m: m.id in ids)
            backend.rollback_migrations(chosen)
            return [migration.id for migration in chosen]


def _until(migrations: MigrationList, last: str | None) -> MigrationList:
    if last is None:
        return migrations
    return migrations.filter(lambda migration: migration.file.number <= last)
