"""How a migration is written down: yoyo's mark and log, and this project's record."""

from __future__ import annotations

import getpass
import os
import socket
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import psycopg
from yoyo.migrations import get_migration_hash
from yoyo.utils import change_param_style

from tools.migrate import record
from tools.migrate.files import MigrationFile

if TYPE_CHECKING:
    from tools.migrate.backend import Backend

Parameters = dict[str, Any]

_RECORD: Final = """\
insert into todo_migrations.files as f (
    migration_id, checksum, rollback_checksum, source, rollback_source, started_at,
    duration_ms
)
values (
    %(file_id)s, %(checksum)s, %(rollback_checksum)s, %(source)s, %(rollback_source)s,
    transaction_timestamp(),
    extract(epoch from clock_timestamp() - transaction_timestamp()) * 1000
)
on conflict (migration_id) do update set
    state = 'applied', checksum = excluded.checksum, source = excluded.source,
    rollback_checksum = excluded.rollback_checksum,
    rollback_source = excluded.rollback_source,
    duration_ms = extract(epoch from clock_timestamp() - f.started_at) * 1000"""
_FORGET: Final = "delete from todo_migrations.files where migration_id = %(file_id)s"
_COUNT: Final = """\
update todo_migrations.files set statements_done = %s where migration_id = %s"""
_COMMENT: Final = """\
update todo_migrations._yoyo_log set operation = 'mark', comment = %s where id = %s"""
_OWN_ROLE: Final = "set local role none"
_REPLACED: Final = (
    "delete from todo_migrations._yoyo_migration where migration_id = any(%s)",
    "delete from todo_migrations.files where migration_id = any(%s)",
)


def statement(
    backend: Backend, file: MigrationFile, *, forward: bool
) -> tuple[str, Parameters]:
    """Return the statement, with parameters, that records *file*: all or nothing.

    Its first two parts are yoyo's own statements.

    Args:
        backend: that knows yoyo's tables.
        file: that was applied or taken back.
        forward: which of the two.
    """
    log = log_row(file.id, "apply" if forward else "rollback")
    mark = log | {"when": log["created_at_utc"]}
    own = {
        "file_id": file.id,
        "checksum": file.checksum,
        "rollback_checksum": file.rollback_checksum,
        "source": file.sql,
        "rollback_source": file.rollback_sql,
    }
    marking = backend.mark_migration_sql if forward else backend.unmark_migration_sql
    parts = (
        _yoyo(backend, marking, mark),
        _yoyo(backend, backend.log_migration_sql, log),
    )
    query = (
        f"with mark as (\n{parts[0]}\n), log as (\n{parts[1]}\n)\n"
        f"{_RECORD if forward else _FORGET}"
    )
    return query, mark | own


def end(backend: Backend, file: MigrationFile, *, forward: bool) -> list[str]:
    """Return the end of the transaction of *file*: its record, and COMMIT."""
    query, parameters = statement(backend, file, forward=forward)
    return [_OWN_ROLE, _text(backend, query, parameters), "commit"]


def count(backend: Backend, file: MigrationFile, number: int) -> list[str]:
    """Return the end of a step: that *number* statements are done, and COMMIT."""
    return [_OWN_ROLE, _text(backend, _COUNT, [number, file.id]), "commit"]


def finish(backend: Backend, file: MigrationFile, *, forward: bool) -> None:
    """Record *file* in a transaction of its own."""
    query, parameters = statement(backend, file, forward=forward)
    with backend.connection.transaction():
        backend.connection.execute(query.encode(), parameters)


def fold(backend: Backend, file: MigrationFile) -> None:
    """Record a squash in place of what it was made from, in one transaction."""
    query, parameters = statement(backend, file, forward=True)
    comment = f"in place of {len(file.replaces)} migrations"
    with backend.connection.transaction():
        for delete in _REPLACED:
            backend.connection.execute(delete, [list(file.replaces)])
        backend.connection.execute(query.encode(), parameters)
        backend.connection.execute(_COMMENT, [comment, parameters["id"]])


def adopt(
    backend: Backend, files: Sequence[MigrationFile], comment: str = "baseline"
) -> None:
    """Record *files* as applied without running them, in one transaction."""
    with backend.connection.transaction():
        record.create(backend.connection)
        for file in files:
            backend.connection.execute(_REPLACED[0], [[file.id]])
            query, parameters = statement(backend, file, forward=True)
            backend.connection.execute(query.encode(), parameters)
            backend.connection.execute(_COMMENT, [comment, parameters["id"]])


def log_row(id: str | None, operation: str) -> Parameters:
    """Return a row of yoyo's log, without yoyo's look-up in the DNS."""
    user, host = _whoami()
    return {
        "id": str(uuid.uuid1()),
        "migration_id": id,
        "migration_hash": get_migration_hash(id),
        "operation": operation,
        "username": user,
        "hostname": host,
        "created_at_utc": datetime.now(UTC).replace(tzinfo=None),
    }


def _text(backend: Backend, query: str, parameters: Parameters | list[Any]) -> str:
    """Return *query* with its parameters as literals."""
    cursor = psycopg.ClientCursor(backend.connection)
    return cursor.mogrify(query.encode(), parameters)


def _yoyo(backend: Backend, text: str, values: Parameters) -> str:
    """Return one of yoyo's statements with the driver's placeholders."""
    sql, style = backend.format_sql(text), backend.driver.paramstyle
    return _restyled(sql, style, tuple(values))


@cache
def _restyled(sql: str, style: str, names: tuple[str, ...]) -> str:
    return str(change_param_style(style, sql, dict.fromkeys(names))[0]).strip()


@cache
def _whoami() -> tuple[str, str]:
    """Return the user and host for yoyo's log; a container may know no user's name."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = f"uid {os.getuid()}"
    return user, socket.gethostname()
