"""The engine as a backend of yoyo: scheme `postgresql+todo`, group `yoyo.backends`.

The plain program runs on it (`yoyo apply`, `yoyo list`, `yoyo rollback`, by
`yoyo.ini`), and so does `make migrate`. yoyo reads the directory, says what is to be
applied or taken back and in which order, and goes through it; each file is run by
`execute`, which leaves no moment at which a kill would part a file from its mark.
yoyo's own way commits a migration, then writes log and mark by another connection, and
its lock is a row that outlives a killed process.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from glob import escape
from pathlib import Path
from typing import Any, NoReturn

import psycopg
from psycopg.conninfo import make_conninfo
from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend
from yoyo.migrations import MigrationList, read_migrations

from tools.console import Failure
from tools.console.reporter import Reporter
from tools.migrate import choose, compare, ledger, target
from tools.migrate import files as migration_files
from tools.migrate.files import MigrationFile
from tools.migrate.ledger import Record
from tools.migrate.listing import Migration, Reversible
from tools.migrate.options import Options
from tools.migrate.session import Session
from tools.postgres import locks


class Backend(PostgresqlPsycopgBackend):  # type: ignore[misc]
    """One session that applies migrations and keeps yoyo's tables.

    Args:
        dburi: yoyo's reading of the address; without a host and a name it means
            DATABASE_URL, or the project's private server.
        migration_table: yoyo's name of it.
        session: to work with, in place of a new one.
    """

    def __init__(
        self,
        dburi: Any,
        migration_table: str = ledger.MARKS,
        session: Session | None = None,
    ) -> None:
        if migration_table != ledger.MARKS:
            raise Failure(
                f"the record is kept in {ledger.SCHEMA}.{ledger.MARKS}, not in"
                f" {migration_table}",
                next="leave --migration-table out",
            )
        self.session = session or _opened(dburi)
        self._is_locked = False
        self._directories: dict[Path, list[MigrationFile]] = {}
        super().__init__(dburi, migration_table)

    def connect(self, dburi: object) -> psycopg.Connection[Any]:
        """Give the session's connection: there is one for everything."""
        return self.session.connection

    def init_connection(self, connection: psycopg.Connection[Any]) -> None:
        """Do nothing: the session has its settings."""

    def init_database(self) -> None:
        """Do nothing: the lock is no table, and DDL is known to be transactional."""

    def __exit__(self, *_: object) -> None:
        self.session.close()

    @contextmanager
    def lock(self, timeout: float | None = None) -> Iterator[None]:
        """Hold the session's advisory lock; wait at most *timeout* seconds for it."""
        if self._is_locked:
            yield
            return
        with self.session.lock(timeout):
            self._is_locked = True
            try:
                yield
            finally:
                self._is_locked = False

    def ensure_internal_schema_updated(self) -> None:
        """Make the bookkeeping where it is missing, in one transaction.

        Raises:
            Failure: the database belongs to something else.
        """
        self.session.prepare()

    def get_applied_migration_hashes(self) -> list[str]:
        """Return yoyo's hashes of what is applied for good; nothing is changed."""
        done = [r for r in self._records().values() if not r.unfinished]
        return [ledger.hash_of(record.id) for record in done]

    def read(self, directory: Path) -> Any:
        """Return the migrations of *directory* as yoyo reads them.

        Raises:
            Failure: the directory is not in order.
        """
        return self._ours(read_migrations(escape(str(directory))), directory)

    def to_apply(self, migrations: Any) -> Any:
        """Return those of *migrations* that are not applied, in order.

        Raises:
            Failure: files and record disagree.
        """
        ours = self._ours(migrations)
        if ours:
            compare.pending(self._all(ours), self._records())
        return super().to_apply(ours)

    def to_rollback(self, migrations: Any) -> Any:
        """Return those of *migrations* that left something, the last one first."""
        records = self._records()
        known = [m for m in self._ours(migrations) if m.id in records]
        return Reversible(reversed(known))

    def apply_migrations(self, migrations: Any, force: bool = False) -> None:
        """Apply *migrations*, each with its mark.

        Raises:
            Failure: refused before anything ran, or a file failed; then earlier files
                stay applied.
        """
        _refuse_force(force)
        if not migrations:
            return
        with self.lock():
            chosen = [m.file for m in migrations]
            found = compare.pending(self._all(migrations), self._records())
            choose.refuse_gap(chosen, found)
            choose.check(chosen)
            self.ensure_internal_schema_updated()
            super().apply_migrations(migrations, force)

    def rollback_migrations(self, migrations: Any, force: bool = False) -> None:
        """Take *migrations* back, each with its mark.

        Raises:
            Failure: refused before anything ran, or a rollback failed.
        """
        _refuse_force(force)
        if not migrations:
            return
        with self.lock():
            chosen = [m.file for m in migrations]
            found = choose.reversible(self._all(migrations), self._records())
            choose.refuse_gap(chosen, found[::-1])
            choose.refuse_irreversible(chosen)
            choose.check(chosen)
            super().rollback_migrations(migrations, force)

    def apply_one(
        self, migration: Migration, force: bool = False, mark: bool = True
    ) -> None:
        """Apply one file and record it, as its header says that it is to be run."""
        from tools.migrate import execute  # with PostgreSQL's parser, slow to import

        file = migration.file
        if file.replaces and compare.folds(file, self._records()):
            execute.fold(self.session, file)
        else:
            execute.told(self.session, file, forward=True)

    def rollback_one(self, migration: Migration, force: bool = False) -> None:
        """Take one file back and forget it."""
        from tools.migrate import execute

        execute.told(self.session, migration.file, forward=False)

    def mark_migrations(self, migrations: Any) -> NoReturn:
        """Refuse: a mark without a proof is a guess."""
        raise Failure(
            "migrations are not marked by hand",
            next="make baseline compares the database with what they give, and records"
            " them if nothing differs",
        )

    def unmark_migrations(self, migrations: Any) -> NoReturn:
        """Refuse: what is applied and not recorded would be applied again."""
        raise Failure(
            "migrations are not unmarked by hand",
            next="make rollback takes the last one back, and its mark with it",
        )

    def break_lock(self) -> NoReturn:
        """Refuse: the lock ends with its session, and can belong to a living run."""
        holder = locks.holder(self.session.connection)
        raise Failure(
            f"the lock is held by {holder}" if holder else "nobody holds the lock",
            next=f"if it hangs: select pg_terminate_backend({holder.pid})"
            if holder
            else "yoyo apply",
        )

    def _records(self) -> dict[str, Record]:
        return ledger.read(self.session.connection)

    def _all(self, migrations: Iterable[Migration]) -> Sequence[MigrationFile]:
        (directory,) = {m.file.path.parent for m in migrations}
        return self._files(directory)

    def _files(self, directory: Path) -> list[MigrationFile]:
        """Return what *directory* holds; it is read once."""
        if directory not in self._directories:
            self._directories[directory] = migration_files.read(directory)
        return self._directories[directory]

    def _ours(self, migrations: Any, directory: Path | None = None) -> Any:
        """Return yoyo's *migrations* as files that this project has read.

        Raises:
            Failure: they are of several directories, or one is not in order.
        """
        records = self._records()
        places = {Path(m.path).parent for m in migrations}
        if directory is not None:
            places.add(directory)
        if len(places) > 1 or (records and not places):
            raise Failure(
                f"migrations of {len(places)} directories at once"
                if places
                else f"there is no such file, and {len(records)} are applied",
                where=", ".join(sorted(map(str, places))) or None,
                next="name the one directory that has all of them: yoyo apply"
                " migrations",
            )
        wanted, found = {m.id for m in migrations}, dict[str, Migration]()
        for place in places:
            for file in self._files(place):
                record = records.get(file.id)
                half = record is not None and record.unfinished
                found[file.id] = Migration(file, found, half)
        return MigrationList(m for id, m in found.items() if id in wanted)


def _opened(dburi: Any) -> Session:
    """Open the session that plain yoyo asks for."""
    given = {
        "host": dburi.hostname,
        "port": dburi.port,
        "user": dburi.username,
        "password": dburi.password,
        "dbname": dburi.database or None,
        **dburi.args,
    }
    named = {name: value for name, value in given.items() if value is not None}
    if named:
        url = make_conninfo("", **named)
    else:
        from tools.postgres import server  # slow to import, and not needed otherwise

        url = server.admin_url()
    return target.opened(url, Options(), Reporter(quiet=False))


def _refuse_force(force: bool) -> None:
    if force:
        raise Failure(
            "--force would go on after an error",
            next="correct the file, and run the same command without it",
        )
