"""Applies the rules to the statements of a file, those inside of bodies included."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from pglast import ast
from pglast.parser import parse_sql

from tools.migrate.files import MigrationFile
from tools.migrate.statements import Statement
from tools.review.bodies import body_offset, inside
from tools.review.findings import Finding
from tools.review.rules import LOOK, Hit, apply


def look_at(file: MigrationFile, existing: Collection[str]) -> Iterator[Finding]:
    """Apply the rules to every statement of *file*, and to those inside of them.

    Args:
        file: a migration.
        existing: tables that were there before the change, quoted and qualified.
    """
    for statement in file.statements:
        for hit, line in _hits(statement):
            if hit.table is None or _is_known(hit.table, existing):
                where = f"{statement.where}:{line}"
                yield Finding(hit.key, hit.severity, where, hit.text, file.id)


def _hits(statement: Statement) -> Iterator[tuple[Hit, int]]:
    tree = parse_sql(statement.text)[0].stmt
    for hit in apply(tree):
        yield hit, statement.line
    later = isinstance(tree, ast.CreateFunctionStmt)
    first = statement.line + body_offset(statement.text)
    for inner in inside(tree, statement.text):
        line = first + inner.line - 1
        hits = _dynamic() if inner.tree is None else apply(inner.tree)
        for hit in hits:
            if later:  # it does not run now, and whoever calls it may mean it
                hit = replace(hit, severity=min(hit.severity, LOOK))
            yield replace(hit, text=f"{hit.text} It is inside of a body."), line


def _dynamic() -> Iterator[Hit]:
    yield Hit(
        "dynamic-sql",
        LOOK,
        "EXECUTE: what it runs cannot be read here; only its locks and effects are"
        " measured.",
    )


def _is_known(table: str, existing: Collection[str]) -> bool:
    if "." in table:
        return table in existing
    return any(name.endswith(f".{table}") for name in existing)
