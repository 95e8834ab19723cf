"""Statements that would break the promise of the tool, refused before anything runs.

The promise: a file is applied as a whole or not at all; or, outside of a transaction,
its interrupted run can be taken up again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pglast.parser import scan

from tools.console import Failure
from tools.migrate import batches, header
from tools.migrate.files import MigrationFile, shown
from tools.migrate.statements import Node, Statement

_NEVER: Final = {
    "CreatedbStmt": "CREATE DATABASE",
    "DropdbStmt": "DROP DATABASE",
    "CreateTableSpaceStmt": "CREATE TABLESPACE",
    "DropTableSpaceStmt": "DROP TABLESPACE",
    "AlterSystemStmt": "ALTER SYSTEM",
    "CreateSubscriptionStmt": "CREATE SUBSCRIPTION",
    "DropSubscriptionStmt": "DROP SUBSCRIPTION",
}


def check(file: MigrationFile) -> None:
    """Refuse *file*, its rollback included, if it could not be run safely.

    Raises:
        Failure: by name, with file and line.
    """
    if not file.statements:
        raise Failure(
            f"{file.id} holds no statement",
            where=shown(file.path),
            next="write its SQL, or remove the file",
        )
    for statement in (*file.statements, *file.rollback_statements):
        _refuse_never(statement)
    _refuse_late_directives(file.sql, file.header.length, shown(file.path))
    _refuse_late_directives(file.rollback_sql or "", 0, shown(file.rollback_path))
    if file.is_backfill:
        batches.check(file)
    elif file.transactional:
        _refuse_outside(file.statements)
        _refuse_outside(file.rollback_statements)
    else:
        _refuse_crowd(file.statements)
        _refuse_crowd(file.rollback_statements)
        for statement in file.rollback_statements:
            _refuse_bare_drop(statement)


def _refuse_late_directives(text: str, leading: int, where: str) -> None:
    if "transactional" not in text.lower():  # scanning costs more than this
        return
    for token in scan(text):
        if token.name not in ("SQL_COMMENT", "C_COMMENT"):
            continue
        comment = text[token.start : token.end + 1]
        line = text.count("\n", 0, token.start) + 1
        words = comment.removeprefix("/*").strip() if comment[:2] == "/*" else comment
        wrong = header.misplaced(words if words[:2] == "--" else f"-- {words}")
        if wrong and line > leading:
            raise Failure(
                f"directive outside of the leading comments: {comment.strip()!r}",
                where=f"{where}:{line}",
                next="write `-- transactional: false` above the first statement of the"
                " migration (its rollback runs the same way), or reword the comment",
            )


def _refuse_never(statement: Statement) -> None:
    kind, node = statement.kind, statement.node
    if kind == "TransactionStmt":
        raise _refusal(
            statement,
            f"{statement.quoted.split()[0].upper()} in a migration",
            "remove it: the tool opens and ends the transaction, and records the"
            " migration in the same one",
        )
    if kind == "VariableSetStmt" and _lasts(node):
        raise _refusal(
            statement,
            "SET that outlasts the migration",
            "write `set local …`; for a non-transactional file the directives"
            " `-- lock_timeout:`, `-- statement_timeout:`, `-- role:`",
        )
    if kind == "CopyStmt" and not node.get("filename"):
        way = "FROM STDIN" if node.get("is_from") else "TO STDOUT"
        raise _refusal(
            statement,
            f"COPY {way} in a migration",
            "write INSERT … VALUES for rows that come with the migration",
        )
    if kind == "DiscardStmt":
        raise _refusal(
            statement,
            "DISCARD in a migration",
            "remove it: the session holds the lock of the whole run",
        )
    if kind in _NEVER:
        raise _refusal(
            statement,
            f"{_NEVER[kind]} in a migration",
            "do it by hand or in the server's own set-up: it is no change of this"
            " database and cannot be taken back with it",
        )


def _lasts(node: Node) -> bool:
    """Tell whether a SET goes beyond its transaction, or a RESET beyond its purpose."""
    name = node.get("name")
    if node["kind"] == "VAR_SET_MULTI":
        return name == "SESSION CHARACTERISTICS"
    if node["kind"] == "VAR_RESET":
        return name in ("lock_timeout", "statement_timeout")
    return not node.get("is_local")


def _refuse_outside(statements: Sequence[Statement]) -> None:
    for statement in statements:
        if statement.alone:
            raise _refusal(
                statement,
                f"{statement.alone} cannot run inside a transaction",
                "give it a file of its own that begins with `-- transactional: false`",
            )


def _refuse_crowd(statements: Sequence[Statement]) -> None:
    for statement in statements:
        if statement.alone and len(statements) > 1:
            raise _refusal(
                statement,
                f"{statement.alone} is not alone in its file",
                "give it a file of its own: only then can an interrupted run be taken"
                " up again",
            )
        if statement.kind == "VariableSetStmt":
            raise _refusal(
                statement,
                "SET LOCAL has no effect in a non-transactional file",
                "use the directives `-- lock_timeout:`, `-- statement_timeout:`,"
                " `-- role:`",
            )
        if statement.kind == "IndexStmt" and statement.alone:
            _refuse_index(statement)


def _refuse_index(statement: Statement) -> None:
    if not statement.node.get("idxname"):
        raise _refusal(
            statement,
            "CREATE INDEX CONCURRENTLY without a name",
            "name the index: what a crash leaves behind is found by its name",
        )
    if statement.node.get("if_not_exists"):
        raise _refusal(
            statement,
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS takes an invalid index for a good"
            " one",
            "remove IF NOT EXISTS: the tool finds and rebuilds an invalid index",
        )


def _refuse_bare_drop(statement: Statement) -> None:
    if statement.kind == "DropStmt" and not statement.node.get("missing_ok"):
        raise _refusal(
            statement,
            "the rollback of a non-transactional migration drops without IF EXISTS",
            "write IF EXISTS: it must also take back a run that stopped midway",
        )


def _refusal(statement: Statement, what: str, next: str) -> Failure:
    return Failure(what, where=statement.shown, next=next)
