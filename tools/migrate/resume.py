"""Files that run outside of a transaction, so that an interrupted run goes on.

Such a file is recorded as `running` before its first statement. Ordinary statements
run one by one, each in a transaction that also counts it as done. A statement that
cannot be in a transaction (CREATE INDEX CONCURRENTLY …) stands alone in its file;
whether it had its effect before a crash is read from the catalogue by `leftovers`.
Nothing is ever undone by itself: yoyo would run the rollback of what succeeded, and
lose data.
"""

from __future__ import annotations

from collections.abc import Sequence

import psycopg

from tools.console import Failure
from tools.migrate import ledger, leftovers, transaction
from tools.migrate.failures import StatementError
from tools.migrate.files import MigrationFile, shown
from tools.migrate.session import Session
from tools.migrate.statements import Statement, split
from tools.postgres import locks


def run(session: Session, file: MigrationFile, *, forward: bool) -> None:
    """Apply *file*, or take it back, from where an earlier run stopped.

    Raises:
        Failure: it cannot be taken up again as it stands.
        StatementError: a statement failed; what was done before it stays recorded.
    """
    if forward:
        undone = _finish_undoing(session, file)
        begun, done = _begin(session, file, None if undone else _course(session, file))
        statements = file.statements
    else:
        begun, done = True, _begin_undoing(session, file)
        statements = file.rollback_statements
    for number, statement in enumerate(statements[done:], done + 1):
        if statement.alone:
            _alone(session, file, statement, begun=begun, forward=forward)
        else:
            transaction.step(session, file, statement, number)
    session.write(ledger.applied(file) if forward else ledger.taken_back(file))


def _begin(
    session: Session, file: MigrationFile, course: ledger.Course | None
) -> tuple[bool, int]:
    """Return whether the same text was begun before, and the statements done."""
    if course is None:
        if file.statements[0].alone and not session.dry:
            leftovers.refuse_done(session.connection, file.statements[0])
        session.write(ledger.begun(file))
        return False, 0
    before, done = split(course.source, file.id), course.statements_done
    _refuse_rewritten(file, before, file.statements, done)
    session.report.note(f"{file.id} was interrupted: taking it up again")
    session.write(ledger.taken_up(file))
    return _texts(before) == _texts(file.statements), done


def _begin_undoing(session: Session, file: MigrationFile) -> int:
    """Record that the rollback has begun; return its statements that are done."""
    course = _course(session, file)
    if course and course.state == "undoing":
        before = split(course.rollback_source or "", file.id)
        done = course.statements_done
        _refuse_rewritten(file, before, file.rollback_statements, done)
        return done
    session.write(ledger.undoing(file))  # yoyo's mark goes with it
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


def _course(session: Session, file: MigrationFile) -> ledger.Course | None:
    return ledger.course(session.connection, file.id)


def _finish_undoing(session: Session, file: MigrationFile) -> bool:
    """Take the rest of *file* back where its rollback stopped midway; say whether."""
    course = _course(session, file)
    if course is None or course.state != "undoing":
        return False
    session.report.note(f"{file.id} was being taken back: finishing that first")
    run(session, file, forward=False)
    return True


def _alone(
    session: Session,
    file: MigrationFile,
    statement: Statement,
    *,
    begun: bool,
    forward: bool,
) -> None:
    def attempt() -> None:
        todo = leftovers.clear(session, statement, begun=begun)
        if todo is not None:
            session.alone(statement, todo)

    limit = file.lock_timeout
    if limit is None:
        limit = leftovers.lock_timeout(statement, session.options.lock_timeout)
    session.execute("; ".join(session.limits(file, limit, "session")))
    session.watch.begin(None, file.id)
    try:
        locks.retried(attempt, file.id, session.options.retry_for, session.report)
    except psycopg.Error as error:
        session.clean()
        if forward and not session.connection.closed:
            # Otherwise the next run would take an object of the same name, or its
            # absence, for the work of this one.
            session.write(ledger.forgotten(file))
        raise StatementError(statement, statement.line, error) from error
    finally:
        session.watch.end()
        session.clean()
