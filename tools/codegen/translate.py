"""CHECK expressions as Python expressions that decide the same.

SQL has three truth values, and a CHECK passes unless it is false. So a boolean is
written in one of two ways: "is true" or "is not false"; NOT turns one into the other.
Any other value is written for the case that it is not null, together with the Python
conditions under which it is null. What has no exact equivalent raises `Untranslatable`
with the reason; nothing is approximated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from pglast import ast
from pglast.enums import A_Expr_Kind, BoolExprType, BoolTestType, NullTestType

from tools.codegen import constants, regexes
from tools.codegen.expressions import (
    Node,
    called,
    is_a,
    symbol,
    text_constant,
    type_name,
)
from tools.codegen.functions_known import FUNCTIONS, Untranslatable
from tools.codegen.pgtypes import Kind, named
from tools.codegen.simplify import simplify
from tools.codegen.source import Code, literal
from tools.codegen.values import BOOLEAN, Value

__all__ = ["Known", "Untranslatable", "is_not_false"]

_COMPARISONS: Final = {
    "=": "==",
    "<>": "!=",
    "<": "<",
    "<=": "<=",
    ">": ">",
    ">=": ">=",
}


@dataclass(frozen=True, slots=True)
class Known:
    """A column that the expression may name: how Python reads it, and what it holds."""

    code: str
    kind: Kind
    nullable: bool
    bits: int = 32


def is_not_false(expression: Node, columns: Mapping[str, Known]) -> Code:
    """Write the condition under which a CHECK passes, as a Python expression.

    Raises:
        Untranslatable: it has no exact equivalent; the message says what has not.
    """
    return simplify(_Translator(columns).passes(expression))


class _Translator:
    def __init__(self, columns: Mapping[str, Known]) -> None:
        self.columns = columns

    # Truth, in its two ways.

    def passes(self, node: Node) -> str:
        """ "Is not false"."""
        if is_a(node, ast.BoolExpr):
            if node.boolop == BoolExprType.NOT_EXPR:
                return f"(not {self.holds(node.args[0])})"
            return self._joined(node, [self.passes(each) for each in node.args])
        value = self.value(node)
        self._require(value, BOOLEAN)
        return _either(*value.nulls, value.code)

    def holds(self, node: Node) -> str:
        """ "Is true"."""
        if is_a(node, ast.BoolExpr):
            if node.boolop == BoolExprType.NOT_EXPR:
                return f"(not {self.passes(node.args[0])})"
            return self._joined(node, [self.holds(each) for each in node.args])
        value = self.value(node)
        self._require(value, BOOLEAN)
        return _both(*(_negated(null) for null in value.nulls), value.code)

    def _joined(self, node: Node, codes: list[str]) -> str:
        both = node.boolop == BoolExprType.AND_EXPR
        return _both(*codes) if both else _either(*codes)

    def _require(self, value: Value, kind: Kind) -> None:
        if value.kind != kind:
            raise Untranslatable(f"{value.kind} where {kind} is expected")

    # Values.

    def value(self, node: Node) -> Value:
        for kind, method in self._METHODS.items():
            if is_a(node, kind):
                return method(self, node)
        raise Untranslatable(type(node).__name__)

    def _boolean(self, node: Node) -> Value:
        holds, passes = self.holds(node), self.passes(node)
        unknown = () if holds == passes else (_both(passes, f"(not {holds})"),)
        return Value(holds, BOOLEAN, unknown)

    def _column(self, node: Node) -> Value:
        name = node.fields[-1].sval if is_a(node.fields[-1], ast.String) else None
        known = self.columns.get(name or "")
        if known is None:
            raise Untranslatable(f"column {name}")
        nulls = (f"{known.code} is None",) if known.nullable else ()
        code = f"single({known.code})" if known.kind == "real" else known.code
        return Value(code, known.kind, nulls, column=True, bits=known.bits)

    def _constant(self, node: Node) -> Value:
        return constants.value(node)

    def _cast(self, node: Node) -> Value:
        constant = constants.cast(node)
        if constant is not None:
            return constant
        value = self.value(node.arg)
        target = named(type_name(node)).kind
        if (value.kind, target) == ("enum", "text") and not node.typeName.typmods:
            return replace(value, kind="text")
        if target == value.kind and not node.typeName.typmods:
            return value
        if {target, value.kind} == {"integer", "numeric"} and not node.typeName.typmods:
            if target == "numeric":
                return Value(f"Decimal({value.code})", "numeric", value.nulls)
        raise Untranslatable(f"cast from {value.kind} to {type_name(node)}")

    def _null_test(self, node: Node) -> Value:
        nulls = self.value(node.arg).nulls
        is_null = _either(*nulls) if nulls else "False"
        if node.nulltesttype == NullTestType.IS_NULL:
            return Value(f"({is_null})", BOOLEAN)
        not_null = _both(*map(_negated, nulls)) if nulls else "True"
        return Value(f"({not_null})", BOOLEAN)

    def _boolean_test(self, node: Node) -> Value:
        holds, passes = self.holds(node.arg), self.passes(node.arg)
        code = {
            BoolTestType.IS_TRUE: holds,
            BoolTestType.IS_NOT_TRUE: f"(not {holds})",
            BoolTestType.IS_FALSE: f"(not {passes})",
            BoolTestType.IS_NOT_FALSE: passes,
            BoolTestType.IS_UNKNOWN: _both(passes, f"(not {holds})"),
            BoolTestType.IS_NOT_UNKNOWN: _either(holds, f"(not {passes})"),
        }[node.booltesttype]
        return Value(code, BOOLEAN)

    def _call(self, node: Node) -> Value:
        function = FUNCTIONS.get(called(node) or "")
        if function is None or node.agg_star or node.func_variadic:
            path = ".".join(part.sval for part in node.funcname)
            raise Untranslatable(f"function {path.removeprefix('pg_catalog.')}")
        return function([self.value(argument) for argument in node.args or ()])

    def _coalesce(self, node: Node) -> Value:
        values = [self.value(argument) for argument in node.args]
        kinds = {value.kind for value in values}
        if len(kinds) != 1:
            raise Untranslatable("coalesce of different types")
        code = values[-1].code
        for value in reversed(values[:-1]):
            if value.nulls:
                known = _both(*map(_negated, value.nulls))
                code = f"({value.code} if {known} else {code})"
            else:
                code = value.code
        all_null = [_either(*value.nulls) for value in values if value.nulls]
        nulls = (_both(*all_null),) if len(all_null) == len(values) else ()
        return Value(code, values[0].kind, nulls)

    def _extreme(self, node: Node) -> Value:
        values = [self.value(argument) for argument in node.args]
        comparable = {"integer", "date", "day", "timestamp", "time"}
        if len({v.kind for v in values}) != 1 or values[0].kind not in comparable:
            raise Untranslatable("greatest or least of these types")
        name = "max" if node.op == 0 else "min"
        codes = ", ".join(v.code for v in values)
        if not any(value.nulls for value in values):
            return Value(f"{name}({codes})", values[0].kind)
        if not all(value.column or value.constant for value in values):
            raise Untranslatable("greatest or least of sums that may be null")
        # Nulls are passed over; the result is null where nothing else is left.
        code = f"{name}(v for v in ({codes},) if v is not None)"
        some = all(value.nulls for value in values)
        all_null = (_both(*(_either(*v.nulls) for v in values)),) if some else ()
        return Value(code, values[0].kind, all_null)

    def _case(self, node: Node) -> Value:
        if node.arg is not None:
            raise Untranslatable("case with an operand")
        branches = [(self.holds(w.expr), self.value(w.result)) for w in node.args]
        last = self.value(node.defresult) if node.defresult is not None else None
        kind = branches[0][1].kind
        if any(v.kind != kind for _, v in branches) or (last and last.kind != kind):
            raise Untranslatable("case of different types")
        code = last.code if last else "None"
        null = "True" if last is None else _either(*last.nulls or ("False",))
        for condition, value in reversed(branches):
            code = f"({value.code} if {condition} else {code})"
            inner = _either(*value.nulls) if value.nulls else "False"
            null = inner if inner == null else f"({inner} if {condition} else {null})"
        return Value(code, kind, () if null == "False" else (null,))

    # Operators.

    def _operation(self, node: Node) -> Value:
        operator = symbol(node) or "of a schema"
        match node.kind:
            case A_Expr_Kind.AEXPR_OP if node.lexpr is not None:
                return self._binary(operator, node)
            case A_Expr_Kind.AEXPR_OP if operator == "-":
                value = self.value(node.rexpr)
                self._require(value, "integer")
                if value.constant:
                    return replace(value, code=f"(-{value.code})")
                code = f"fits(-{value.code}, {value.bits})"
                return Value(code, "integer", value.nulls, bits=value.bits)
            case A_Expr_Kind.AEXPR_OP_ANY | A_Expr_Kind.AEXPR_OP_ALL:
                return self._listed(operator, node)
            case A_Expr_Kind.AEXPR_DISTINCT | A_Expr_Kind.AEXPR_NOT_DISTINCT:
                return self._distinct(node)
            case A_Expr_Kind.AEXPR_NULLIF:
                left, right = self.value(node.lexpr), self.value(node.rexpr)
                equal = self._compared("=", left, right)
                same = _both(*map(_negated, equal.nulls), equal.code)
                return Value(left.code, left.kind, (*left.nulls, same))
            case A_Expr_Kind.AEXPR_LIKE:
                return self._like(operator, node)
        raise Untranslatable(f"operator {operator}")

    def _binary(self, operator: str, node: Node) -> Value:
        if operator in ("~", "!~", "~*", "!~*"):
            return self._matched(operator, node)
        if operator in ("~~", "!~~"):
            return self._like(operator, node)
        left = self.value(node.lexpr)
        if operator in ("<@", "?"):
            return self._contained(operator, left, node.rexpr)
        right = self.value(node.rexpr)
        if operator in _COMPARISONS:
            return self._compared(operator, left, right)
        return constants.arithmetic(operator, left, right)

    def _contained(self, operator: str, left: Value, node: Node) -> Value:
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

    def _compared(self, operator: str, left: Value, right: Value) -> Value:
        left, right = constants.unified(left, right)
        if operator not in ("=", "<>") and not left.kind_is_ordered:
            raise Untranslatable(f"order of {left.kind}")
        if left.kind in ("array", "json", "unknown"):
            raise Untranslatable(f"comparison of {left.kind}")
        code = f"({left.key} {_COMPARISONS[operator]} {right.key})"
        return Value(code, BOOLEAN, left.nulls + right.nulls)

    def _distinct(self, node: Node) -> Value:
        left, right = self.value(node.lexpr), self.value(node.rexpr)
        equal = self._compared("=", left, right)
        if left.nulls and right.nulls:
            one, other = _either(*left.nulls), _either(*right.nulls)
            equal_both = _both(_negated(one), _negated(other), equal.code)
            same = f"({one} and {other} or {equal_both})"
        else:
            same = _both(*map(_negated, equal.nulls), equal.code)
        distinct = node.kind == A_Expr_Kind.AEXPR_DISTINCT
        return Value(f"(not {same})" if distinct else same, BOOLEAN)

    def _listed(self, operator: str, node: Node) -> Value:
        some = node.kind == A_Expr_Kind.AEXPR_OP_ANY
        if (operator, some) not in (("=", True), ("<>", False)):
            raise Untranslatable(f"{operator} {'any' if some else 'all'}")
        items = node.rexpr
        while is_a(items, ast.TypeCast):
            items = items.arg
        if not is_a(items, ast.A_ArrayExpr):
            raise Untranslatable("a list that is no constant")
        value = self.value(node.lexpr)
        pairs = [constants.unified(value, self.value(e)) for e in items.elements or ()]
        if any(item.nulls or item.column for _, item in pairs):
            raise Untranslatable("a list that may contain null")
        listed = ", ".join(item.key for _, item in pairs) + ","
        word = "in" if some else "not in"
        key = pairs[0][0].key if pairs else value.key
        return Value(f"({key} {word} ({listed}))", BOOLEAN, value.nulls)

    def _matched(self, operator: str, node: Node) -> Value:
        pattern, value = text_constant(node.rexpr), self.value(node.lexpr)
        self._require(value, "text")
        if pattern is None:
            raise Untranslatable("a pattern that is no constant")
        try:
            code = regexes.translate(
                pattern, dialect="python", ignore_case=operator.endswith("*")
            )
        except regexes.Unportable as reason:
            raise Untranslatable(f"pattern: {reason}") from reason
        return _search(code, value, negated=operator.startswith("!"))

    def _like(self, operator: str, node: Node) -> Value:
        pattern, value = text_constant(node.rexpr), self.value(node.lexpr)
        self._require(value, "text")
        if pattern is None or operator not in ("~~", "!~~"):
            raise Untranslatable(f"operator {operator}")
        try:
            code = regexes.from_like(pattern, dialect="python")
        except regexes.Unportable as reason:
            raise Untranslatable(str(reason)) from reason
        return _search(code, value, negated=operator.startswith("!"))

    _METHODS: Final = {
        ast.BoolExpr: _boolean,
        ast.ColumnRef: _column,
        ast.A_Const: _constant,
        ast.TypeCast: _cast,
        ast.NullTest: _null_test,
        ast.BooleanTest: _boolean_test,
        ast.FuncCall: _call,
        ast.CoalesceExpr: _coalesce,
        ast.MinMaxExpr: _extreme,
        ast.CaseExpr: _case,
        ast.A_Expr: _operation,
    }


def _search(pattern: str, value: Value, *, negated: bool) -> Value:
    found = f"matches({literal(pattern)}, {value.code})"
    return Value(f"(not {found})" if negated else found, BOOLEAN, value.nulls)


def _both(*codes: str) -> str:
    return (
        codes[0] if len(codes) == 1 else "(" + " and ".join(dict.fromkeys(codes)) + ")"
    )


def _either(*codes: str) -> str:
    return (
        codes[0] if len(codes) == 1 else "(" + " or ".join(dict.fromkeys(codes)) + ")"
    )


def _negated(null: str) -> str:
    """Negate a condition; ``x is None`` reads better as ``x is not None``."""
    if null.endswith(" is None") and null.count(" is None") == 1 and "(" not in null:
        return null.removesuffix(" is None") + " is not None"
    return f"(not ({null}))"
