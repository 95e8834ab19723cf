"""Files that run outside of a transaction, so that an interrupted run goes on.

Such a file is recorded as `running` before its first statement. Ordinary statements
run one by one, each in a transaction that also counts it as done. A statement that
cannot be in a transaction (CREATE INDEX CONCURRENTLY …) stands alone in its file;
whether it had its effect before a crash is read from the catalogue by `leftovers`.
Nothing is ever undone by itself: yoyo would run the rollback of what succeeded, and
lose data.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from psycopg import Connection
from psycopg.rows import class_row

from tools.console import Failure
from tools.migrate import leftovers, locks, marks, transaction
from tools.migrate.backend import Backend
from tools.migrate.failures import StatementError
from tools.migrate.files import MigrationFile, shown
from tools.migrate.statements import Statement, split

_READ: Final = """
select state, source, rollback_source, statements_done as done
from todo_migrations.files where migration_id = %s
"""


@dataclass(frozen=True)
class _Row:
    """How far a file is, and the text that was run so far."""

    state: str
    source: str
    rollback_source: str | None
    done: int


def run(backend: Backend, file: MigrationFile, *, forward: bool) -> float:
    """Apply *file*, or take it back, from where an earlier run stopped.

    Returns the seconds of this run.

    Raises:
        Failure: it cannot be taken up again as it stands.
        StatementError: a statement failed; what was done before it stays recorded.
    """
    started = time.perf_counter()
    if forward:
        _finish_undoing(backend, file)
        begun, done = _begin(backend, file)
        statements = file.statements
    else:
        begun, done = True, _begin_undoing(backend, file)
        statements = file.rollback_statements
    for number, statement in enumerate(statements[done:], done + 1):
        if statement.alone:
            _alone(backend, file, statement, begun=begun, forward=forward)
        else:
            transaction.step(backend, file, statement, number)
    marks.finish(backend, file, forward=forward)
    return time.perf_counter() - started


def begin(connection: Connection[Any], file: MigrationFile) -> None:
    """Record *file* as running."""
    connection.execute(
        """
        insert into todo_migrations.files (
            migration_id, state, checksum, rollback_checksum, source, rollback_source
        )
        values (%s, 'running', %s, %s, %s, %s)
        """,
        [
            file.id,
            file.checksum,
            file.rollback_checksum,
            file.sql,
            file.rollback_sql,
        ],
    )


def _begin(backend: Backend, file: MigrationFile) -> tuple[bool, int]:
    """Return whether the same text was begun before, and the statements done."""
    row = _row(backend.connection, file)
    if row is None:
        if file.statements[0].alone:
            leftovers.refuse_done(backend.connection, file.statements[0])
        begin(backend.connection, file)
        return False, 0
    before = split(row.source, file.id)
    _refuse_rewritten(file, before, file.statements, row.done)
    backend.report.note(f"{file.id} was interrupted: taking it up again")
    backend.connection.execute(
        "update todo_migrations.files set source = %s, checksum = %s"
        " where migration_id = %s",
        [file.sql, file.checksum, file.id],
    )
    return _texts(before) == _texts(file.statements), row.done


def _begin_undoing(backend: Backend, file: MigrationFile) -> int:
    """Record that the rollback has begun; return its statements that are done."""
    row = _row(backend.connection, file)
    if row and row.state == "undoing":
        before = split(row.rollback_source or "", file.id)
        _refuse_rewritten(file, before, file.rollback_statements, row.done)
        return row.done
    with backend.connection.transaction():  # yoyo's mark goes with it
        backend.connection.execute(
            "update todo_migrations.files set state = 'undoing', statements_done = 0,"
            " rollback_source = %s where migration_id = %s",
            [file.rollback_sql, file.id],
        )
        backend.connection.execute(
            "delete from todo_migrations._yoyo_migration where migration_id = %s",
            [file.id],
        )
    return 0


def _refuse_rewritten(
    file: MigrationFile,
    before: Sequence[Statement],
    now: Sequence[Statement],
    done: int,
) -> None:
    """Refuse another text for statements that are done already."""
    if _texts(before)[:done] != _texts(now)[:done]:
        raise Failure(
            f"{file.id} is done in part, and one of its first {done} statements,"
            " which are done, was edited",
            where=now[0].where if now else shown(file.path),
            next="put them back as they were; what follows them may be corrected",
        )


def _texts(statements: Sequence[Statement]) -> list[str]:
    return [statement.text for statement in statements]


def _row(connection: Connection[Any], file: MigrationFile) -> _Row | None:
    with connection.cursor(row_factory=class_row(_Row)) as cursor:
        return cursor.execute(_READ, [file.id]).fetchone()


def _finish_undoing(backend: Backend, file: MigrationFile) -> None:
    """Take the rest of *file* back where its rollback stopped midway."""
    row = _row(backend.connection, file)
    if row and row.state == "undoing":
        backend.report.note(f"{file.id} was being taken back: finishing that first")
        run(backend, file, forward=False)


def _alone(
    backend: Backend,
    file: MigrationFile,
    statement: Statement,
    *,
    begun: bool,
    forward: bool,
) -> None:
    def attempt() -> None:
        todo = leftovers.clear(backend, statement, begun=begun)
        if todo is not None:
            backend.connection.execute(todo.encode())

    limit = file.lock_timeout
    if limit is None:
        limit = leftovers.lock_timeout(statement, backend.options.lock_timeout)
    for line in backend.limits(file, limit, "session"):
        backend.connection.execute(line.encode())
    backend.watch.begin(None, file.id)
    try:
        locks.retried(attempt, file.id, backend.options.retry_for, backend.report)
    except psycopg.Error as error:
        backend.clean()
        if forward and not backend.connection.closed:
            _forget(backend.connection, file)
        raise StatementError(statement, statement.line, error) from error
    finally:
        backend.watch.end()
        backend.clean()


def _forget(connection: Connection[Any], file: MigrationFile) -> None:
    """Forget a run whose only statement the server refused.

    Otherwise the next run would take an object of the same name, or its absence, for
    the work of this one.
    """
    connection.execute(
        "delete from todo_migrations.files where migration_id = %s", [file.id]
    )
