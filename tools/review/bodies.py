"""The SQL inside of DO blocks and functions, which linters take for a string."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from pglast import ast
from pglast.parser import ParseError, parse_plpgsql_json, parse_sql

# plpgsql statements whose text is decided when they run.
_DYNAMIC: Final = ("PLpgSQL_stmt_dynexecute", "PLpgSQL_stmt_dynfors")
# pglast looks types up, and knows those of pg_catalog alone.
_DECLARED: Final = re.compile(r"\bdeclare\b.*?\bbegin\b", re.IGNORECASE | re.DOTALL)
_QUALIFIED: Final = re.compile(r"\b[a-z_]\w*\.[a-z_]\w*\b(?!\s*[%.(])", re.IGNORECASE)
_RETURNS: Final = ("trigger", "event_trigger", "integer", "setof record", "void")


@dataclass(frozen=True)
class Inner:
    """One statement inside of a body.

    Attributes:
        tree: PostgreSQL's parse tree; None for EXECUTE, whose text is not known.
        line: counted from the first line of the body, from 1.
    """

    tree: Any
    line: int


def inside(tree: Any, text: str) -> Iterator[Inner]:
    """Give the statements inside of a DO block or a function, none for others.

    Args:
        tree: of the statement.
        text: of the statement.
    """
    if isinstance(tree, ast.CreateFunctionStmt) and tree.sql_body:
        yield from (Inner(found, 1) for found in _atomic(tree.sql_body))
        return
    language, body = _body(tree)
    if body is None:
        return
    if language == "plpgsql":
        yield from _plpgsql(text, body)
    elif language == "sql":
        yield from _parsed(body, 1)


def body_offset(text: str) -> int:
    """Give the number of lines before the body in the text of a statement."""
    opening = text.find("$")
    start = opening if opening >= 0 else text.find("'")
    return text.count("\n", 0, max(start, 0))


def _body(tree: Any) -> tuple[str, str | None]:
    options: Any = ()
    if isinstance(tree, ast.DoStmt):
        options = tree.args or ()
    elif isinstance(tree, ast.CreateFunctionStmt):
        options = tree.options or ()
    language: str = "plpgsql"
    body: str | None = None
    for option in options:
        if option.defname == "language":
            language = option.arg.sval
        elif option.defname == "as":
            parts = option.arg if isinstance(option.arg, tuple) else (option.arg,)
            body = parts[0].sval
    return language, body


def _atomic(body: Any) -> Iterator[Any]:
    """Give the statements of RETURN … or of BEGIN ATOMIC, however they are nested."""
    for item in body if isinstance(body, tuple) else (body,):
        if isinstance(item, tuple):
            yield from _atomic(item)
        elif not isinstance(item, ast.ReturnStmt):
            yield item


def _plpgsql(text: str, body: str) -> Iterator[Inner]:
    """Parse the statement; where pglast does not know its header, under a plain one.

    What a body may say depends on what the function returns.
    """
    headers = ["procedure f()"]
    headers += [f"function f() returns {returns}" for returns in _RETURNS]
    plain = _DECLARED.sub(lambda found: _QUALIFIED.sub("text", found[0]), body)
    quoted = f"language plpgsql as $review_body${plain}$review_body$"
    for one in (text, *(f"create {header} {quoted}" for header in headers)):
        try:
            parsed = json.loads(parse_plpgsql_json(one))
        except (ParseError, ValueError):
            continue
        yield from _walk(parsed)
        return
    yield Inner(None, 1)  # what cannot be read is as good as EXECUTE


def _walk(node: Any, line: int = 1) -> Iterator[Inner]:
    if isinstance(node, list):
        for item in node:
            yield from _walk(item, line)
        return
    if not isinstance(node, dict):
        return
    for kind, value in node.items():
        own = value.get("lineno", line) if isinstance(value, dict) else line
        if kind in _DYNAMIC:
            yield Inner(None, own)
        if kind == "PLpgSQL_expr":
            if value.get("parseMode", 0) == 0:
                yield from _parsed(value.get("query", ""), line)
        else:
            yield from _walk(value, own)


def _parsed(text: str, line: int) -> Iterator[Inner]:
    try:
        found = parse_sql(text)
    except ParseError:
        return
    for raw in found:
        start = raw.stmt_location or 0
        start += len(text[start:]) - len(text[start:].lstrip())
        yield Inner(raw.stmt, line + text.count("\n", 0, start))
