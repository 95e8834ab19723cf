"""Defaults of columns as Python constants, where they are constants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pglast import ast

from tools.codegen import constants
from tools.codegen.closedsets import ClosedSet, Place
from tools.codegen.expressions import is_a, parse, text_constant
from tools.codegen.facts import Column, Relation
from tools.codegen.functions_known import Untranslatable
from tools.codegen.pgtypes import kind_of
from tools.codegen.simplify import simplify
from tools.codegen.source import Code

_SAFE: Final = frozenset("text integer numeric float real boolean date uuid".split())


def constant(
    closed_sets: Mapping[Place, ClosedSet], table: Relation, column: Column
) -> Code | None:
    """The code of a column's constant default; None if it has none.

    A default that is computed (a time, a new id) is nobody's to know before it is used.
    """
    if column.default is None or column.generated or column.type.array:
        return None
    node = parse(column.default)
    closed = closed_sets.get((table.key, column.name))
    if closed is not None:
        while is_a(node, ast.TypeCast):
            node = node.arg
        value = text_constant(node)
        if value not in closed.values:
            return None
        return closed.code.within(f"{{}}.{closed.member(str(value))}")
    try:
        if is_a(node, ast.TypeCast):
            found = constants.cast(node)
        elif is_a(node, ast.A_Const):
            found = constants.value(node)
        else:
            return None
    except Untranslatable:
        return None
    if found is None or found.kind not in _SAFE or found.nulls:
        return None
    return _fitting(found.code, found.kind, column)


def _fitting(code: str, kind: str, column: Column) -> Code | None:
    """The constant as a value of the column's own kind."""
    own = kind_of(column.type)
    if own == "numeric" and kind == "integer":
        code = f"Decimal({code})"
    elif own in ("float", "real") and kind in ("integer", "numeric", "float"):
        code = f"float({code})"
    elif own != kind:
        return None
    return simplify(code)
