"""What is recorded, read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import psycopg
from psycopg import Connection, errors
from psycopg.rows import class_row

from tools.console import Failure

_EXISTS: Final = """
select to_regclass('todo_migrations.files') is not null,
    to_regclass('todo_migrations._yoyo_migration') is not null
"""
_READ: Final = """
select coalesce(f.migration_id, y.migration_id) as id,
    f.state, f.checksum, f.rollback_checksum, f.statements_done, f.position,
    f.rows_done, f.duration_ms, y.applied_at_utc::text as applied_at
from todo_migrations.files as f
full join todo_migrations._yoyo_migration as y using (migration_id)
order by 1
"""
_SOURCE: Final = """
select state, source, rollback_source, statements_done, position
from todo_migrations.files where migration_id = %s
"""


@dataclass(frozen=True)
class Record:
    """One row of `files` joined with yoyo's mark; None where only yoyo knows it."""

    id: str
    state: str | None
    checksum: str | None
    rollback_checksum: str | None
    statements_done: int | None
    position: list[str] | None
    rows_done: int | None
    duration_ms: int | None
    applied_at: str | None

    @property
    def unfinished(self) -> bool:
        """Whether a non-transactional file, or its rollback, stopped midway."""
        return self.state in ("running", "undoing")


@dataclass(frozen=True)
class Course:
    """The text that was run of one file, and how far it has come."""

    state: str
    source: str
    rollback_source: str | None
    statements_done: int
    position: list[str] | None


def exists(connection: Connection[Any]) -> bool:
    """Tell whether the bookkeeping is there.

    Raises:
        Failure: there are yoyo's tables without ours.
    """
    row = connection.execute(_EXISTS).fetchone()
    files, marks = row if row else (False, False)
    if marks and not files:
        raise Failure(
            "schema todo_migrations holds yoyo's tables without the checksums of the"
            " files",
            next="prove that the database is what the migrations give and adopt it:"
            " make baseline",
        )
    return bool(files)


def read(connection: Connection[Any]) -> dict[str, Record]:
    """Return what is recorded, by id, in order; `{}` where nothing is.

    Raises:
        Failure: the login may not read it.
    """
    try:
        if not exists(connection):
            return {}
        with connection.cursor(row_factory=class_row(Record)) as cursor:
            return {row.id: row for row in cursor.execute(_READ).fetchall()}
    except errors.InsufficientPrivilege as error:
        raise Failure(
            f"login {connection.info.user} may not read todo_migrations:"
            f" {error.diag.message_primary}",
            next="migrate as the login that made it: it owns the schema, see \\dn in"
            " psql",
        ) from error


def known(connection: Connection[Any]) -> set[str]:
    """Return the ids that have a checksum, also beside yoyo's tables without them."""
    row = connection.execute(_EXISTS).fetchone()
    if not row or not row[0]:
        return set()
    query = "select migration_id from todo_migrations.files"
    return {id for (id,) in connection.execute(query)}


def course(connection: Connection[Any], id: str) -> Course | None:
    """Return the text of migration *id* as it was run, and how far it is."""
    if not exists(connection):
        return None
    with connection.cursor(row_factory=class_row(Course)) as cursor:
        return cursor.execute(_SOURCE, [id]).fetchone()


def login_may_not(connection: Connection[Any], error: psycopg.Error) -> Failure:
    """Return why the bookkeeping could not be made."""
    user, name = connection.info.user, connection.info.dbname
    if not isinstance(error, errors.InsufficientPrivilege):
        return Failure(
            f"the record of migrations cannot be made: {error.diag.message_primary}"
            f" ({error.sqlstate})",
            next="nothing was done; correct that and run make migrate again",
        )
    return Failure(
        f"login {user} may not create schemas in database {name}",
        next=f"as its owner or a superuser: alter database {name} owner to {user}",
    )
