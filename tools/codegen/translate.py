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
from pglast.enums import BoolExprType, BoolTestType, NullTestType

from tools.codegen import constants
from tools.codegen.expressions import (
    Node,
    called,
    is_a,
    type_name,
)
from tools.codegen.functions_known import FUNCTIONS, Untranslatable
from tools.codegen.operators import operation, require
from tools.codegen.pgtypes import Kind, named
from tools.codegen.simplify import simplify
from tools.codegen.source import Code
from tools.codegen.truth import both, either, negated
from tools.codegen.values import BOOLEAN, Value

__all__ = ["Known", "Untranslatable", "is_not_false"]


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
        require(value, BOOLEAN)
        return either(*value.nulls, value.code)

    def holds(self, node: Node) -> str:
        """ "Is true"."""
        if is_a(node, ast.BoolExpr):
            if node.boolop == BoolExprType.NOT_EXPR:
                return f"(not {self.passes(node.args[0])})"
            return self._joined(node, [self.holds(each) for each in node.args])
        value = self.value(node)
        require(value, BOOLEAN)
        return both(*(negated(null) for null in value.nulls), value.code)

    def _joined(self, node: Node, codes: list[str]) -> str:
        join = both if node.boolop == BoolExprType.AND_EXPR else either
        return join(*codes)

    # Values.

    def value(self, node: Node) -> Value:
        for kind, method in self._METHODS.items():
            if is_a(node, kind):
                return method(self, node)
        raise Untranslatable(type(node).__name__)

    def _boolean(self, node: Node) -> Value:
        holds, passes = self.holds(node), self.passes(node)
        unknown = () if holds == passes else (both(passes, f"(not {holds})"),)
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
        is_null = either(*nulls) if nulls else "False"
        if node.nulltesttype == NullTestType.IS_NULL:
            return Value(f"({is_null})", BOOLEAN)
        not_null = both(*map(negated, nulls)) if nulls else "True"
        return Value(f"({not_null})", BOOLEAN)

    def _boolean_test(self, node: Node) -> Value:
        holds, passes = self.holds(node.arg), self.passes(node.arg)
        code = {
            BoolTestType.IS_TRUE: holds,
            BoolTestType.IS_NOT_TRUE: f"(not {holds})",
            BoolTestType.IS_FALSE: f"(not {passes})",
            BoolTestType.IS_NOT_FALSE: passes,
            BoolTestType.IS_UNKNOWN: both(passes, f"(not {holds})"),
            BoolTestType.IS_NOT_UNKNOWN: either(holds, f"(not {passes})"),
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
                known = both(*map(negated, value.nulls))
                code = f"({value.code} if {known} else {code})"
            else:
                code = value.code
        all_null = [either(*value.nulls) for value in values if value.nulls]
        nulls = (both(*all_null),) if len(all_null) == len(values) else ()
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
        all_null = (both(*(either(*v.nulls) for v in values)),) if some else ()
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
        null = "True" if last is None else either(*last.nulls or ("False",))
        for condition, value in reversed(branches):
            code = f"({value.code} if {condition} else {code})"
            inner = either(*value.nulls) if value.nulls else "False"
            null = inner if inner == null else f"({inner} if {condition} else {null})"
        return Value(code, kind, () if null == "False" else (null,))

    def _operation(self, node: Node) -> Value:
        return operation(self.value, node)

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
