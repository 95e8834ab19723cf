"""What a user is told when a statement fails: where, why, what stayed, what next."""

from __future__ import annotations

import re

import psycopg

from tools.console import Failure
from tools.migrate.files import MigrationFile, shown
from tools.migrate.statements import Statement


class StatementError(Exception):
    """A statement of a migration failed with *error* at *line* of its file."""

    def __init__(self, statement: Statement, line: int, error: psycopg.Error) -> None:
        super().__init__(str(error))
        self.statement, self.line, self.error = statement, line, error


def explain(failed: StatementError, id: str, stayed: str, next: str) -> Failure:
    """Return the failure that names file, line, SQLSTATE, statement and way out.

    Args:
        failed: the statement with the server's error.
        id: the migration.
        stayed: what was rolled back and what was not.
        next: the command or edit that comes next.
    """
    statement, diag = failed.statement, failed.error.diag
    state = failed.error.sqlstate or "connection lost"
    lines = [f"{id}: {diag.message_primary or failed.error} ({state})"]
    for name in ("message_detail", "message_hint", "context"):
        text = getattr(diag, name)
        if text:
            label = name.removeprefix("message_")
            lines.append(f"  {label}: {' '.join(text.split())[:400]}")
    lines.append(f"  {stayed}")
    where = f"{statement.where}:{failed.line}: {statement.quoted}"
    return Failure("\n".join(lines), where=where, next=next)


def told(
    failed: StatementError, file: MigrationFile, user: str, *, forward: bool
) -> Failure:
    """Return what the user is told of a statement of *file* that failed.

    Args:
        failed: the statement with the server's error.
        file: that it belongs to.
        user: the login that migrates.
        forward: whether the file was being applied.
    """
    if is_lost(failed.error):
        return lost(failed.error, file.id)
    command = "make migrate" if forward else "make rollback"
    stayed = _stayed(file, failed.statement, forward=forward)
    next = f"correct the file and run {command} again"
    if _lacks_createrole(failed.error):
        next = (
            f"as a superuser: alter role {user} createrole; or migrate as the login"
            f" that made the roles. Then {command} again"
        )
    return explain(failed, file.id, stayed, next)


def _lacks_createrole(error: psycopg.Error) -> bool:
    """Tell whether the login may not make or change roles, whatever the file says."""
    if not isinstance(error, psycopg.errors.InsufficientPrivilege):
        return False
    said = f"{error.diag.message_primary} {error.diag.message_detail}"
    return bool(re.search(r"(create|alter|drop|grant) role|CREATEROLE", said))


def _stayed(file: MigrationFile, statement: Statement, *, forward: bool) -> str:
    """Say what the failed run leaves behind."""
    if file.is_backfill and forward:
        return "this batch was rolled back; earlier batches stay, the next run goes on"
    if file.transactional or file.is_backfill:
        if forward:
            return "all of this file was rolled back; earlier files stay applied"
        return "all of this rollback was undone: the migration is still applied"
    if statement.alone:
        return "it is not recorded as applied; the next run clears what it left"
    statements = file.statements if forward else file.rollback_statements
    done = statements.index(statement)
    return (
        f"{done} of {len(statements)} statements are done and stay; the next run goes"
        " on with this one, which may be corrected"
    )


def at_commit(error: psycopg.Error, file: MigrationFile) -> Failure:
    """Return the failure of a COMMIT, where deferred constraints have their say."""
    if is_lost(error):
        return lost(error, file.id)
    message = error.diag.message_primary or error
    detail = (
        f"\n  detail: {error.diag.message_detail}" if error.diag.message_detail else ""
    )
    return Failure(
        f"{file.id}: at COMMIT: {message} ({error.sqlstate}){detail}\n"
        "  all of this file was rolled back; earlier files stay applied",
        where=shown(file.path),
        next="correct the file and run make migrate again",
    )


def is_lost(error: psycopg.Error) -> bool:
    """Tell whether *error* ended the session (class 57P: the server ends it)."""
    return not error.sqlstate or error.sqlstate.startswith("57P")


def lost(error: psycopg.Error, id: str) -> Failure:
    """Return the failure of a connection that went away while *id* ran."""
    return Failure(
        f"{id}: the connection to the server was lost: {str(error).strip()}",
        next="run make migrate again: what was committed is recorded, the rest was"
        " rolled back by the server",
    )
