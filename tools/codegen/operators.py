"""Operators of SQL as Python: comparisons, lists, patterns; arithmetic is elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeAlias

from pglast import ast
from pglast.enums import A_Expr_Kind

from tools.codegen import constants, regexes
from tools.codegen.expressions import Node, is_a, symbol, text_constant
from tools.codegen.functions_known import Untranslatable
from tools.codegen.pgtypes import Kind
from tools.codegen.source import literal
from tools.codegen.truth import both, either, negated, search
from tools.codegen.values import BOOLEAN, Value

ValueOf: TypeAlias = Callable[[Node], Value]

_COMPARISONS: Final = {
    "=": "==",
    "<>": "!=",
    "<": "<",
    "<=": "<=",
    ">": ">",
    ">=": ">=",
}


def require(value: Value, kind: Kind) -> None:
    """Refuse a value of another kind.

    Raises:
        Untranslatable: it is.
    """
    if value.kind != kind:
        raise Untranslatable(f"{value.kind} where {kind} is expected")


def operation(value_of: ValueOf, node: Node) -> Value:
    operator = symbol(node) or "of a schema"
    match node.kind:
        case A_Expr_Kind.AEXPR_OP if node.lexpr is not None:
            return _binary(value_of, operator, node)
        case A_Expr_Kind.AEXPR_OP if operator == "-":
            value = value_of(node.rexpr)
            require(value, "integer")
            if value.constant:
                return replace(value, code=f"(-{value.code})")
            code = f"fits(-{value.code}, {value.bits})"
            return Value(code, "integer", value.nulls, bits=value.bits)
        case A_Expr_Kind.AEXPR_OP_ANY | A_Expr_Kind.AEXPR_OP_ALL:
            return _listed(value_of, operator, node)
        case A_Expr_Kind.AEXPR_DISTINCT | A_Expr_Kind.AEXPR_NOT_DISTINCT:
            return _distinct(value_of, node)
        case A_Expr_Kind.AEXPR_NULLIF:
            left, right = value_of(node.lexpr), value_of(node.rexpr)
            equal = _compared("=", left, right)
            same = both(*map(negated, equal.nulls), equal.code)
            return Value(left.code, left.kind, (*left.nulls, same))
        case A_Expr_Kind.AEXPR_LIKE:
            return _like(value_of, operator, node)
    raise Untranslatable(f"operator {operator}")


def _binary(value_of: ValueOf, operator: str, node: Node) -> Value:
    if operator in ("~", "!~", "~*", "!~*"):
        return _matched(value_of, operator, node)
    if operator in ("~~", "!~~"):
        return _like(value_of, operator, node)
    left = value_of(node.lexpr)
    if operator in ("<@", "?"):
        return _contained(value_of, operator, left, node.rexpr)
    right = value_of(node.rexpr)
    if operator in _COMPARISONS:
        return _compared(operator, left, right)
    return constants.arithmetic(operator, left, right)


def _contained(value_of: ValueOf, operator: str, left: Value, node: Node) -> Value:
    """An array whose elements are all listed; JSON that has a text."""
    if operator == "?" and left.kind == "json":
        text = text_constant(node)
        if text is not None:
            code = f"json_has({left.code}, {literal(text)})"
            return Value(code, BOOLEAN, left.nulls)
    while is_a(node, ast.TypeCast):
        node = node.arg
    if operator == "<@" and left.kind == "array" and is_a(node, ast.A_ArrayExpr):
        items = [text_constant(element) for element in node.elements or ()]
        if items and all(item is not None for item in items):
            listed = ", ".join(literal(str(item)) for item in items)
            code = f"all(e in ({listed},) for e in elements({left.code}))"
            return Value(code, BOOLEAN, left.nulls)
    raise Untranslatable(f"{left.kind} {operator}")


def _compared(operator: str, left: Value, right: Value) -> Value:
    left, right = constants.unified(left, right)
    if operator not in ("=", "<>") and not left.kind_is_ordered:
        raise Untranslatable(f"order of {left.kind}")
    if left.kind in ("array", "json", "unknown"):
        raise Untranslatable(f"comparison of {left.kind}")
    code = f"({left.key} {_COMPARISONS[operator]} {right.key})"
    return Value(code, BOOLEAN, left.nulls + right.nulls)


def _distinct(value_of: ValueOf, node: Node) -> Value:
    left, right = value_of(node.lexpr), value_of(node.rexpr)
    equal = _compared("=", left, right)
    if left.nulls and right.nulls:
        one, other = either(*left.nulls), either(*right.nulls)
        equal_both = both(negated(one), negated(other), equal.code)
        same = f"({one} and {other} or {equal_both})"
    else:
        same = both(*map(negated, equal.nulls), equal.code)
    distinct = node.kind == A_Expr_Kind.AEXPR_DISTINCT
    return Value(f"(not {same})" if distinct else same, BOOLEAN)


def _listed(value_of: ValueOf, operator: str, node: Node) -> Value:
    some = node.kind == A_Expr_Kind.AEXPR_OP_ANY
    if (operator, some) not in (("=", True), ("<>", False)):
        raise Untranslatable(f"{operator} {'any' if some else 'all'}")
    items = node.rexpr
    while is_a(items, ast.TypeCast):
        items = items.arg
    if not is_a(items, ast.A_ArrayExpr):
        raise Untranslatable("a list that is no constant")
    value = value_of(node.lexpr)
    pairs = [constants.unified(value, value_of(e)) for e in items.elements or ()]
    if any(item.nulls or item.column for _, item in pairs):
        raise Untranslatable("a list that may contain null")
    listed = ", ".join(item.key for _, item in pairs) + ","
    word = "in" if some else "not in"
    key = pairs[0][0].key if pairs else value.key
    return Value(f"({key} {word} ({listed}))", BOOLEAN, value.nulls)


def _matched(value_of: ValueOf, operator: str, node: Node) -> Value:
    pattern, value = text_constant(node.rexpr), value_of(node.lexpr)
    require(value, "text")
    if pattern is None:
        raise Untranslatable("a pattern that is no constant")
    try:
        code = regexes.translate(
            pattern, dialect="python", ignore_case=operator.endswith("*")
        )
    except regexes.Unportable as reason:
        raise Untranslatable(f"pattern: {reason}") from reason
    return search(code, value, negated=operator.startswith("!"))


def _like(value_of: ValueOf, operator: str, node: Node) -> Value:
    pattern, value = text_constant(node.rexpr), value_of(node.lexpr)
    require(value, "text")
    if pattern is None or operator not in ("~~", "!~~"):
        raise Untranslatable(f"operator {operator}")
    try:
        code = regexes.from_like(pattern, dialect="python")
    except regexes.Unportable as reason:
        raise Untranslatable(str(reason)) from reason
    return search(code, value, negated=operator.startswith("!"))
