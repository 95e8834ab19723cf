"""The statements that record something, each all of one thing."""

from __future__ import annotations

import getpass
import os
import socket
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final, LiteralString

from psycopg import sql

from tools.migrate.migration import MigrationFile

BOOKKEEPING: Final = Path(__file__).with_name("bookkeeping.sql")

_APPLIED: Final = """\
with mark as (
insert into todo_migrations._yoyo_migration (
    migration_hash, migration_id, applied_at_utc
)
values ({hash}, {id}, {now})
), log as (
insert into todo_migrations._yoyo_log (
    id, migration_hash, migration_id, operation, username, hostname, comment,
    created_at_utc
)
values ({log}, {hash}, {id}, {operation}, {user}, {host}, {comment}, {now})
)
insert into todo_migrations.files as f (
    migration_id, checksum, rollback_checksum, source, rollback_source, started_at,
    duration_ms
)
values (
    {id}, {checksum}, {rollback_checksum}, {source}, {rollback_source},
    transaction_timestamp(),
    extract(epoch from clock_timestamp() - transaction_timestamp()) * 1000
)
on conflict (migration_id) do update set
    state = 'applied', checksum = excluded.checksum, source = excluded.source,
    rollback_checksum = excluded.rollback_checksum,
    rollback_source = excluded.rollback_source,
    duration_ms = extract(epoch from clock_timestamp() - f.started_at) * 1000"""
_TAKEN_BACK: Final = """\
with mark as (
delete from todo_migrations._yoyo_migration where migration_hash = {hash}
), log as (
insert into todo_migrations._yoyo_log (
    id, migration_hash, migration_id, operation, username, hostname, created_at_utc
)
values ({log}, {hash}, {id}, 'rollback', {user}, {host}, {now})
)
delete from todo_migrations.files where migration_id = {id}"""
_BEGUN: Final = """\
insert into todo_migrations.files (
    migration_id, state, checksum, rollback_checksum, source, rollback_source
)
values (
    {id}, 'running', {checksum}, {rollback_checksum}, {source}, {rollback_source}
)"""
_TAKEN_UP: Final = """\
update todo_migrations.files set source = {source}, checksum = {checksum}
where migration_id = {id}"""
_COUNTED: Final = """\
update todo_migrations.files set statements_done = {number} where migration_id = {id}"""
_PASSED: Final = """\
update todo_migrations.files
set position = {position}, rows_done = rows_done + {rows} where migration_id = {id}"""
_UNDOING: Final = """\
with mark as (
delete from todo_migrations._yoyo_migration where migration_id = {id}
)
update todo_migrations.files
set state = 'undoing', statements_done = 0, rollback_source = {rollback_source}
where migration_id = {id}"""
_FORGOTTEN: Final = "delete from todo_migrations.files where migration_id = {id}"
_UNMARKED: Final = """\
with mark as (
delete from todo_migrations._yoyo_migration where migration_id = any({ids})
)
delete from todo_migrations.files where migration_id = any({ids})"""
_ACCEPTED: Final = """\
with log as (
insert into todo_migrations._yoyo_log (
    id, migration_hash, migration_id, operation, username, hostname, comment,
    created_at_utc
)
values ({log}, {hash}, {id}, 'mark', {user}, {host}, {comment}, {now})
)
update todo_migrations.files
set checksum = {checksum}, rollback_checksum = {rollback_checksum}, source = {source},
    rollback_source = {rollback_source}
where migration_id = {id}"""


def hash_of(id: str) -> str:
    """Return yoyo's hash of a migration: that of its name."""
    return sha256(id.encode()).hexdigest()


def bookkeeping() -> str:
    """Return the statements that make what is missing of the tables."""
    return BOOKKEEPING.read_text().strip()


def applied(
    file: MigrationFile, operation: str = "apply", comment: str | None = None
) -> str:
    """Return the statement that records *file* as applied.

    Args:
        file: that was applied, or is taken for it.
        operation: in yoyo's log: `apply`, or `mark` for what was not run.
        comment: in yoyo's log.
    """
    return _filled(_APPLIED, file, operation=operation, comment=comment)


def taken_back(file: MigrationFile) -> str:
    """Return the statement that forgets *file*, and logs that."""
    return _filled(_TAKEN_BACK, file)


def begun(file: MigrationFile) -> str:
    """Return the statement that records *file* as running."""
    return _filled(_BEGUN, file)


def taken_up(file: MigrationFile) -> str:
    """Return the statement that records the text of *file* that is run from now on."""
    return _filled(_TAKEN_UP, file)


def counted(file: MigrationFile, number: int) -> str:
    """Return the statement that records *number* statements of *file* as done."""
    return _filled(_COUNTED, file, number=number)


def passed(file: MigrationFile, position: Sequence[str], rows: int) -> str:
    """Return the statement that records how far a backfill is.

    Args:
        file: the backfill.
        position: the last key that it passed.
        rows: that the batch changed.
    """
    return _filled(_PASSED, file, position=list(position), rows=rows)


def undoing(file: MigrationFile) -> str:
    """Return the statement that records the rollback of *file* as begun."""
    return _filled(_UNDOING, file)


def forgotten(file: MigrationFile) -> str:
    """Return the statement that forgets a run that had no effect."""
    return _filled(_FORGOTTEN, file)


def unmarked(ids: Sequence[str]) -> str:
    """Return the statement that takes *ids* out of the record, to be replaced."""
    return _text(_UNMARKED, ids=list(ids))


def accepted(file: MigrationFile, reason: str) -> str:
    """Return the statement that records *file* as it is now, and why."""
    return _filled(_ACCEPTED, file, comment=f"accepted: {reason}"[:255])


def _filled(template: LiteralString, file: MigrationFile, **more: object) -> str:
    user, host = _whoami()
    return _text(
        template,
        id=file.id,
        hash=hash_of(file.id),
        checksum=file.checksum,
        rollback_checksum=file.rollback_checksum,
        source=file.sql,
        rollback_source=file.rollback_sql,
        log=str(uuid.uuid1()),
        user=user,
        host=host,
        now=datetime.now(UTC).replace(tzinfo=None),
        **more,
    )


def _text(template: LiteralString, **values: object) -> str:
    """Return *template* with its values as literals, a backslash one of itself."""
    literals = {name: sql.Literal(value) for name, value in values.items()}
    return sql.SQL(template).format(**literals).as_string()


@cache
def _whoami() -> tuple[str, str]:
    """Return the user and host for yoyo's log; a container may know no user's name."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = f"uid {os.getuid()}"
    return user, socket.gethostname()
