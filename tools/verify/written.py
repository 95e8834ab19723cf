"""What sql/ says about columns: who may do what with them, and which may be null.

tests/pgtap/posture.sql compares the database with it, so that these lists are written
once: the grants in sql/*/access/, NOT NULL in sql/*/tables/.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pglast import ast, parse_sql
from pglast.enums import ConstrType, ObjectType, RoleSpecType

from tools.project import SQL


@dataclass(frozen=True, order=True)
class Grant:
    """What one role may do with a relation, or with one of its columns ('' for all)."""

    role: str
    relation: str
    column: str
    privilege: str


def grants(directory: Path = SQL) -> list[Grant]:
    """List what is granted on relations, in the order of roles and names."""
    found: set[Grant] = set()
    for statement in _statements(directory):
        if isinstance(statement, ast.GrantStmt) and statement.is_grant:
            if statement.objtype == ObjectType.OBJECT_TABLE:
                found.update(_grants(statement))
    return sorted(found)


def nullable(directory: Path = SQL) -> list[tuple[str, str]]:
    """List the columns that may be null, each with its table."""
    found = []
    for statement in _statements(directory):
        if isinstance(statement, ast.CreateStmt):
            found += [(_name(statement.relation), name) for name in _nulls(statement)]
    return sorted(found)


def _statements(directory: Path) -> Iterator[Any]:
    for file in sorted(directory.glob("*/*/*.sql")):
        for raw in parse_sql(file.read_text("utf-8")):
            yield raw.stmt


def _name(relation: Any) -> str:
    return f"{relation.schemaname}.{relation.relname}"


def _grants(statement: Any) -> Iterator[Grant]:
    for relation in statement.objects:
        for role in statement.grantees:
            public = role.roletype == RoleSpecType.ROLESPEC_PUBLIC
            who = "public" if public else role.rolename
            for one in statement.privileges:
                for column in one.cols or [None]:
                    name = column.sval if column else ""
                    yield Grant(who, _name(relation), name, one.priv_name)


def _nulls(table: Any) -> Iterator[str]:
    columns: list[Any] = [
        each for each in table.tableElts if isinstance(each, ast.ColumnDef)
    ]
    keys = {
        key.sval
        for each in table.tableElts
        if isinstance(each, ast.Constraint)
        and each.contype == ConstrType.CONSTR_PRIMARY
        for key in each.keys or ()
    }
    refuse = (ConstrType.CONSTR_NOTNULL, ConstrType.CONSTR_PRIMARY)
    for column in columns:
        own = [constraint.contype for constraint in column.constraints or ()]
        if column.colname not in keys and not any(kind in refuse for kind in own):
            yield column.colname
