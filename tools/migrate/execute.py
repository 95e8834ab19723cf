"""Runs one file, as its header says that it is to be run: the only way to do so.

`make migrate`, plain yoyo, `--dry-run` and `make review` come here with a session of
their own kind.
"""

from __future__ import annotations

import time

import psycopg

from tools.migrate import backfill, failures, ledger, resume, transaction
from tools.migrate.files import MigrationFile
from tools.migrate.session import Session


def run(session: Session, file: MigrationFile, *, forward: bool) -> float:
    """Apply *file* and record it, or take it back and forget it; return the seconds.

    Raises:
        Failure: locked out for too long, or it cannot be taken up as it stands.
        StatementError: a statement failed; what stays depends on the file's kind.
    """
    started = time.perf_counter()
    if file.is_backfill and forward:
        backfill.run(session, file)
    elif file.transactional or file.is_backfill:
        transaction.run(session, file, forward=forward)
    else:
        resume.run(session, file, forward=forward)
    return time.perf_counter() - started


def told(session: Session, file: MigrationFile, *, forward: bool) -> None:
    """Run *file*, report its time, and say of an error what the user can do.

    Raises:
        Failure: by file, line and statement.
    """
    try:
        seconds = run(session, file, forward=forward)
    except failures.StatementError as failed:
        user = session.connection.info.user
        raise failures.told(failed, file, user, forward=forward) from failed
    except psycopg.Error as error:
        raise failures.at_commit(error, file) from error
    session.report.done(file.id if forward else f"{file.id} taken back", seconds)


def fold(session: Session, file: MigrationFile) -> None:
    """Record *file* in place of the migrations that it was squashed from."""
    comment = f"in place of {len(file.replaces)} migrations"
    session.write(
        ledger.unmarked(list(file.replaces)), ledger.applied(file, "mark", comment)
    )
    session.report.note(
        f"{file.id} is recorded in place of {len(file.replaces)} applied migrations"
    )
