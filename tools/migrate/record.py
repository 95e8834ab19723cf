"""What the database knows about its migrations.

yoyo's own three tables stand unchanged in schema `todo_migrations`, so that
`yoyo list --database 'postgresql+psycopg://…?schema=todo_migrations'` reads them.
Beside them, `files` holds what yoyo does not keep: the text that was applied, its
checksums, its time, and how far a file outside of a transaction has come.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from psycopg import Connection, errors
from psycopg.rows import class_row

from tools.console import Failure

SCHEMA: Final = "todo_migrations"
OWN_SCHEMAS: Final = ("app", "app_auth", "app_private")
BOOKKEEPING: Final = Path(__file__).with_name("bookkeeping.sql")

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
select source, rollback_source from todo_migrations.files where migration_id = %s
"""
_FOREIGN: Final = """
select n.nspname, count(c.oid), min(c.relname)
from pg_catalog.pg_namespace as n
left join pg_catalog.pg_class as c
    on c.relnamespace = n.oid and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
    and not exists (
        select from pg_catalog.pg_depend as d
        where d.classid = 'pg_catalog.pg_class'::regclass
        and d.objid = c.oid and d.deptype = 'e'
    )
where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
group by n.nspname
order by n.nspname
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


def exists(connection: Connection[Any]) -> bool:
    """Tell whether the bookkeeping is there.

    Raises:
        Failure: there are yoyo's tables without ours.
    """
    row = connection.execute(_EXISTS).fetchone()
    files, marks = row if row else (False, False)
    if marks and not files:
        raise Failure(
            f"schema {SCHEMA} holds yoyo's tables without the checksums of the files",
            next="prove that the database is what the migrations give and adopt it:"
            " make baseline",
        )
    return bool(files)


def create(connection: Connection[Any]) -> None:
    """Make what is missing of the bookkeeping, in the open transaction.

    Raises:
        Failure: the login may not create a schema here.
    """
    try:
        connection.execute(BOOKKEEPING.read_bytes())
    except errors.InsufficientPrivilege as error:
        user, name = connection.info.user, connection.info.dbname
        raise Failure(
            f"login {user} may not create schemas in database {name}",
            next=f"as its owner or a superuser: alter database {name} owner to {user}",
        ) from error


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
            f"login {connection.info.user} may not read {SCHEMA}:"
            f" {error.diag.message_primary}",
            next="migrate as the login that made it: it owns the schema, see \\dn in"
            " psql",
        ) from error


def source(connection: Connection[Any], id: str) -> tuple[str, str | None] | None:
    """Return the text of migration *id* and of its rollback, as they were applied."""
    row = connection.execute(_SOURCE, [id]).fetchone()
    return None if row is None else (row[0], row[1])


def refuse_foreign(connection: Connection[Any], *, beside: bool) -> None:
    """Refuse a first migration into a database that belongs to something else.

    Args:
        connection: to a database without our bookkeeping.
        beside: accept tables of others in schemas that are not ours.

    Raises:
        Failure: with the schema and one of its tables.
    """
    name = connection.info.dbname
    for schema, count, example in connection.execute(_FOREIGN).fetchall():
        if schema in (*OWN_SCHEMAS, SCHEMA):
            raise Failure(
                f"database {name} already has a schema {schema}, with {count} tables"
                " or views, and no record of migrations",
                next="if it is this project's schema, adopt it: make baseline;"
                " otherwise name an empty database in DATABASE_URL",
            )
        if count and not beside:
            more = f" and {count - 1} more" if count > 1 else ""
            raise Failure(
                f"database {name} holds tables of somebody else:"
                f" {schema}.{example}{more}",
                next="name an empty database in DATABASE_URL, or say that both may"
                " share this one: python -m tools.migrate apply --beside",
            )
