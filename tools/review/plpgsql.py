"""What plpgsql_check says about the functions, where the extension is at hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from pglast import ast
from pglast.parser import parse_sql

from tools.migrate.files import MigrationFile
from tools.review.bodies import body_offset
from tools.review.findings import Finding, Severity
from tools.review.trees import object_of

EXTENSION: Final = "plpgsql_check"

# A trigger's function is checked once for each table that it serves.
_CHECK: Final = """
select
    p.oid::regprocedure::text, format('%I.%I', n.nspname, p.proname),
    coalesce(c.lineno, 1), c.level, c.message, coalesce(c.hint, c.detail, '')
from pg_proc as p
join pg_namespace as n on n.oid = p.pronamespace
join pg_language as l on l.oid = p.prolang and l.lanname = 'plpgsql'
left join pg_trigger as t on t.tgfoid = p.oid and not t.tgisinternal
cross join lateral {schema}.plpgsql_check_function_tb(
    p.oid, coalesce(t.tgrelid, 0),
    fatal_errors := false, performance_warnings := false, extra_warnings := true,
    security_warnings := true
) as c
where n.nspname !~ '^pg_' and n.nspname not in ('information_schema', '{schema}')
and (p.prorettype <> 'trigger'::regtype or t.oid is not null)
and not exists (
    select from pg_depend as d where d.objid = p.oid and d.deptype = 'e'
)
order by 1, 3, 5
"""
_LEVELS: Final = {"error": Severity.STOP, "security": Severity.STOP}


@dataclass(frozen=True)
class Remark:
    """One message about one function, by its signature and its qualified name."""

    signature: str
    name: str
    line: int
    level: str
    message: str
    hint: str


def check(url: str) -> list[Remark] | None:
    """Check all functions of the database; None where the extension is not there.

    The extension is taken away again.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        if not _available(connection):
            return None
        connection.execute("create schema review_check")
        connection.execute(f"create extension {EXTENSION} schema review_check".encode())
        query = _CHECK.format(schema="review_check")
        rows = connection.execute(query.encode()).fetchall()
        connection.execute("drop schema review_check cascade")
    return [Remark(*row) for row in dict.fromkeys(rows)]


def findings(
    before: Sequence[Remark], after: Sequence[Remark], files: Sequence[MigrationFile]
) -> Iterator[Finding]:
    """Give the remarks that the change brings, at the lines of its files."""
    old = {(one.signature, one.message) for one in before}
    for one in after:
        if (one.signature, one.message) in old:
            continue
        file, where = _place(one, files)
        hint = f" {one.hint}" if one.hint else ""
        severity = _LEVELS.get(one.level.split()[0], Severity.LOOK)
        text = f"{one.signature}: {one.message}.{hint}"
        key = f"plpgsql_check/{one.level.split()[0]}"
        yield Finding(key, severity, where, text, file)


def _available(connection: psycopg.Connection[Any]) -> bool:
    text = "select from pg_available_extensions where name = %s"
    return connection.execute(text, [EXTENSION]).fetchone() is not None


def _place(remark: Remark, files: Sequence[MigrationFile]) -> tuple[str, str]:
    """Give file and line of the last CREATE FUNCTION of that name."""
    for file in reversed(files):
        for statement in reversed(file.statements):
            tree = parse_sql(statement.text)[0].stmt
            if (
                isinstance(tree, ast.CreateFunctionStmt)
                and object_of(tree.funcname) == remark.name
            ):
                line = statement.line + body_offset(statement.text) + remark.line - 1
                return file.id, f"{statement.where}:{line}"
    return "", remark.signature
