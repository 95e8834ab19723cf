"""Parts of CHECKs that are plain limits of a value, as models and others have them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from pglast import ast

from tools.codegen import constants, reals, regexes
from tools.codegen.expressions import (
    Node,
    called,
    column,
    is_a,
    operator,
    text_constant,
)
from tools.codegen.facts import Column
from tools.codegen.functions_known import Untranslatable
from tools.codegen.pgtypes import kind_of
from tools.codegen.simplify import simplify
from tools.codegen.source import Code, literal
from tools.codegen.values import Value

Bound = Literal["min_length", "max_length", "ge", "gt", "le", "lt", "pattern"]

_LENGTHS: Final = frozenset({"length", "char_length", "character_length"})
_MIRRORED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "<>": "<>"}
_BOUNDS: Final[dict[str, reals.Bound]] = {">=": "ge", ">": "gt", "<=": "le", "<": "lt"}
_COUNTED: Final[dict[str, Callable[[int, int], bool]]] = {
    "=": int.__eq__,
    "<>": int.__ne__,
    "<": int.__lt__,
    "<=": int.__le__,
    ">": int.__gt__,
    ">=": int.__ge__,
}
_BOUNDED: Final = frozenset("integer numeric float date time timestamp instant".split())


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit of a value: the argument of a Pydantic field, and its code."""

    bound: Bound
    code: Code


def asks_for_null(node: Node) -> bool:
    """Whether *node* can be decided by a null, so that it is about the row."""
    kinds = (ast.NullTest, ast.BooleanTest, ast.CoalesceExpr, ast.CaseExpr)
    if isinstance(node, kinds):
        return True
    if (called(node) or "").startswith("num_"):
        return True
    if is_a(node, ast.A_Expr) and "DISTINCT" in node.kind.name:
        return True
    if isinstance(node, tuple | list):
        return any(asks_for_null(item) for item in node)
    if isinstance(node, ast.Node):
        return any(asks_for_null(getattr(node, slot)) for slot in node)
    return False


def limits(part: Node, fact: Column) -> Iterator[Limit]:
    """The plain limits that *part* is; nothing if it is none of them."""
    sign = operator(part)
    kind = kind_of(fact.type)
    if sign == "~" and kind == "text" and column(part.lexpr):
        pattern = text_constant(part.rexpr)
        if pattern is not None:
            yield from _pattern(pattern)
        return
    if sign not in _MIRRORED or part.lexpr is None:
        return
    left, right = part.lexpr, part.rexpr
    constant = _constant(right)
    if constant is None:
        left, sign, constant = right, _MIRRORED[sign], _constant(left)
    if constant is None:
        return
    if column(left) and kind == "text" and (sign, constant.code) == ("<>", '""'):
        yield Limit("min_length", Code("1"))
    elif column(left) and kind == "real" and sign in _BOUNDS:
        yield from _of_real(sign, constant)
    elif column(left) and kind in _BOUNDED and sign in _BOUNDS:
        if not is_a(left, ast.TypeCast) and constant.kind in (kind, "integer"):
            yield Limit(_BOUNDS[sign], simplify(constant.code))
    elif is_a(left, ast.FuncCall) and kind == "text":
        yield from _of_call(left, sign, constant)


def _of_call(call: Node, sign: str, constant: Value) -> Iterator[Limit]:
    """Limits of ``length(column)`` and ``btrim(column, …) <> ''``."""
    name, arguments = called(call), call.args or ()
    if not arguments or column(arguments[0]) is None:
        return
    if name in _LENGTHS and constant.kind == "integer":
        size = int(constant.code)
        if sign in (">=", ">", "=") and size >= 0:
            yield Limit("min_length", Code(str(size + (sign == ">"))))
        if sign in ("<=", "<", "=") and size - (sign == "<") >= 0:
            yield Limit("max_length", Code(str(size - (sign == "<"))))
    elif name in ("btrim", "ltrim", "rtrim") and (sign, constant.code) == ("<>", '""'):
        characters = " " if len(arguments) == 1 else text_constant(arguments[1])
        if characters:
            yield Limit("pattern", Code(literal(regexes.not_only(characters))))


def counts(part: Node, places: tuple[str, ...]) -> tuple[int, ...] | None:
    """How many of *places* may be not null, if `num_nonnulls` asks for that alone."""
    sign = operator(part)
    name = called(part.lexpr) if sign in _COUNTED else None
    number = _constant(part.rexpr) if name in ("num_nulls", "num_nonnulls") else None
    if sign is None or number is None or number.kind != "integer":
        return None
    if tuple(sorted(column(each) or "" for each in part.lexpr.args)) != places:
        return None
    counted = [n for n in range(len(places) + 1) if _COUNTED[sign](n, int(number.code))]
    if name == "num_nulls":
        counted = sorted(len(places) - n for n in counted)
    return tuple(counted)


def _of_real(sign: str, constant: Value) -> Iterator[Limit]:
    """The bound of doubles that a real, to which they are rounded first, keeps."""
    if constant.kind in ("float", "real", "integer", "numeric"):
        text = constant.code.removeprefix('Decimal("').removesuffix('")')
        try:
            bound, number = reals.bound(_BOUNDS[sign], float(text))
        except (ValueError, OverflowError):
            return
        yield Limit(bound, Code(repr(number)))


def _pattern(pattern: str) -> Iterator[Limit]:
    try:
        portable = regexes.translate(pattern, dialect="portable")
    except regexes.Unportable:
        return  # perhaps as a predicate, which knows more
    yield Limit("pattern", Code(literal(portable)))


def _constant(node: Node) -> Value | None:
    found: Value | None
    try:
        if is_a(node, ast.A_Const):
            found = constants.value(node)
        elif is_a(node, ast.TypeCast):
            found = constants.cast(node)
        else:
            return None
    except Untranslatable:
        return None
    return found if found is not None and not found.nulls else None
