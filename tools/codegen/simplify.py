"""Python expressions made shorter without a change of meaning."""

from __future__ import annotations

import ast as python
from typing import Final

from tools.codegen.source import Code

# What a translated expression may name besides its columns, by the import it needs.
HELPERS: Final = {
    **{
        name: f"from ._values import {name}"
        for name in (
            "cardinality day elements fits instant json_has json_type matches rank"
            " remainder single"
        ).split()
    },
    "dt": "import datetime as dt",
    "Decimal": "from decimal import Decimal",
    "UUID": "from uuid import UUID",
}


def simplify(code: str) -> Code:
    """Drop from *code* the parentheses and repetitions that it does not need."""
    tree = _Simplifier().visit(python.parse(code, mode="eval"))
    used = {node.id for node in python.walk(tree) if isinstance(node, python.Name)}
    imports = frozenset(HELPERS[name] for name in used if name in HELPERS)
    return Code(python.unparse(python.fix_missing_locations(tree)), imports)


class _Simplifier(python.NodeTransformer):
    """``a or (a or b)`` is ``a or b``; ``not a is None`` is ``a is not None``."""

    def visit_BoolOp(self, node: python.BoolOp) -> python.expr:
        self.generic_visit(node)
        operands: dict[str, python.expr] = {}
        for value in node.values:
            same = isinstance(value, python.BoolOp) and type(value.op) is type(node.op)
            for operand in value.values if same else [value]:  # type: ignore[attr-defined]
                operands.setdefault(python.dump(operand), operand)
        node.values = list(operands.values())
        return node if len(node.values) > 1 else node.values[0]

    def visit_UnaryOp(self, node: python.UnaryOp) -> python.expr:
        self.generic_visit(node)
        inner = node.operand
        if isinstance(node.op, python.Not) and isinstance(inner, python.Compare):
            opposite = _OPPOSITES.get(type(inner.ops[0]))
            if opposite is not None and len(inner.ops) == 1:
                inner.ops = [opposite()]
                return inner
        return node


_OPPOSITES: Final[dict[type, type[python.cmpop]]] = {
    python.Is: python.IsNot,
    python.IsNot: python.Is,
    python.In: python.NotIn,
    python.NotIn: python.In,
}
