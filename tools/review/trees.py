"""Names out of PostgreSQL's parse trees, written as the catalogue writes them."""

from __future__ import annotations

from typing import Any

from pglast import ast

from tools.postgres.quoting import plain


def name_of(relation: Any) -> str:
    """Give the name of a RangeVar, qualified as far as it is written."""
    parts = (relation.schemaname, relation.relname)
    return ".".join(plain(part) for part in parts if part)


def object_of(item: Any) -> str:
    """Give the name of what a DROP names, arguments left out."""
    parts: Any = item.objname if isinstance(item, ast.ObjectWithArgs) else item
    if isinstance(parts, ast.TypeName):
        parts = parts.names
    if isinstance(parts, ast.String):
        parts = (parts,)
    return ".".join(plain(part.sval) for part in parts)
