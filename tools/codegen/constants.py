"""Constants of SQL as constants of Python, and sums of both."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Final

from pglast import ast

from tools.codegen.expressions import Node, is_a, schema_of, type_name
from tools.codegen.functions_known import Untranslatable
from tools.codegen.pgtypes import Kind, named
from tools.codegen.source import literal
from tools.codegen.support._values import single
from tools.codegen.values import BOOLEAN, Value

_NUMBERS: Final = frozenset({"integer", "numeric", "float", "real"})


def value(node: Node) -> Value:
    """The constant *node* as it stands, before any cast.

    Raises:
        Untranslatable: it is null, or of a type that has no constant here.
    """
    if node.isnull:
        return Value("None", "unknown", ("True",), constant=True)
    if is_a(node.val, ast.Integer):
        return Value(str(node.val.ival or 0), "integer", constant=True)
    if is_a(node.val, ast.Float):
        number = str(node.val.fval)
        if number.isdigit():
            return Value(number, "integer", constant=True, bits=64)
        return Value(f'Decimal("{number}")', "numeric", constant=True)
    if is_a(node.val, ast.Boolean):
        return Value(str(node.val.boolval), BOOLEAN, constant=True)
    if is_a(node.val, ast.String):
        return Value(literal(node.val.sval), "text", constant=True)
    raise Untranslatable("constant")


def cast(node: Node) -> Value | None:
    """The constant that a cast such as ``'1900-01-01'::date`` is; None if it is none.

    Raises:
        Untranslatable: the constant has no exact Python value, such as infinity.
    """
    inner = node.arg
    while is_a(inner, ast.TypeCast):
        inner = inner.arg
    if is_a(inner, ast.A_Expr) and inner.lexpr is None and inner.name[-1].sval == "-":
        inner, sign = inner.rexpr, "-"
    else:
        sign = ""
    if not is_a(inner, ast.A_Const):
        return None
    if inner.isnull:
        return Value("None", named(type_name(node)).kind, ("True",), constant=True)
    if node.typeName.typmods or node.typeName.arrayBounds:
        raise Untranslatable(f"constant of {type_name(node)} with a modifier")
    raw = inner.val
    if is_a(raw, ast.String) and schema_of(node) is not None:
        return Value(literal(raw.sval), "enum", constant=True)
    text = raw.sval if is_a(raw, ast.String) else value(inner).code
    return _constant(sign + text.removeprefix('Decimal("').removesuffix('")'), node)


def _constant(text: str, node: Node) -> Value:
    row = named(type_name(node))
    kind = row.kind
    make = _MAKERS.get(kind)
    if make is None:
        raise Untranslatable(f"constant of {type_name(node)}")
    try:
        return Value(make(text), kind, constant=True, bits=row.bits or 32)
    except (ValueError, KeyError, ArithmeticError) as error:
        raise Untranslatable(f"constant {text!r} of {type_name(node)}") from error


def _number(text: str) -> str:
    if not Decimal(text).is_finite():
        raise ValueError(text)
    return f'Decimal("{text}")'


def _real(text: str) -> str:
    if not Decimal(text).is_finite():
        raise ValueError(text)
    return repr(float(text))


def _single(text: str) -> str:
    return repr(single(float(text)))


def _date(text: str) -> str:
    day = dt.date.fromisoformat(text)
    return f"dt.date({day.year}, {day.month}, {day.day})"


def _time(text: str) -> str:
    return repr(dt.time.fromisoformat(text)).replace("datetime.", "dt.")


def _timestamp(text: str) -> str:
    return repr(dt.datetime.fromisoformat(text)).replace("datetime.", "dt.")


def _instant(text: str) -> str:
    moment = dt.datetime.fromisoformat(text).astimezone(dt.UTC)
    code = repr(moment).replace("datetime.timezone.utc", "dt.UTC")
    return code.replace("datetime.", "dt.")


def _duration(text: str) -> str:
    """Read an interval as intervalstyle iso_8601 prints it: ``P7D``, ``PT1H30M``.

    Months and years have no length; they raise.
    """
    found = re.fullmatch(
        r"P(?:(-?\d+)D)?(?:T(?:(-?\d+)H)?(?:(-?\d+)M)?(?:(-?[\d.]+)S)?)?", text
    )
    if found is None or text in ("P", "PT"):
        raise ValueError(text)
    days, hours, minutes, seconds = (Decimal(part or 0) for part in found.groups())
    total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    microseconds = int(total * 1_000_000)
    return f"dt.timedelta(microseconds={microseconds})"


def _integer(text: str) -> str:
    return str(int(text))


def _boolean(text: str) -> str:
    return {"true": "True", "false": "False", "t": "True", "f": "False"}[text.lower()]


def _uuid(text: str) -> str:
    return f'UUID("{uuid.UUID(text)}")'


def _padded(text: str) -> str:
    return literal(text.rstrip(" "))


_MAKERS: Final[Mapping[Kind, Callable[[str], str]]] = {
    "text": literal,
    "blank-padded": _padded,
    "integer": _integer,
    "numeric": _number,
    "float": _real,
    "real": _single,
    "boolean": _boolean,
    "date": _date,
    "time": _time,
    "timestamp": _timestamp,
    "instant": _instant,
    "duration": _duration,
    "uuid": _uuid,
}


def unified(left: Value, right: Value) -> tuple[Value, Value]:
    """Bring two sides of a comparison to one kind, as PostgreSQL does.

    Raises:
        Untranslatable: their types are compared by rules that Python has not.
    """
    if left.kind == right.kind:
        return left, right
    kinds: set[Kind] = {left.kind, right.kind}
    if kinds == {"date", "day"}:
        return _as_day(left), _as_day(right)
    if kinds <= _NUMBERS:
        wider: Kind = "float" if kinds & {"float", "real"} else "numeric"
        return _widened(left, wider), _widened(right, wider)
    raise Untranslatable(f"comparison of {left.kind} with {right.kind}")


def _widened(number: Value, kind: Kind) -> Value:
    if number.kind == kind:
        return number
    if number.kind == "real":
        return replace(number, kind=kind)  # it is one of the doubles
    if kind == "float":
        # PostgreSQL rounds the other side to a double first.
        return Value(
            f"float({number.code})", kind, number.nulls, constant=number.constant
        )
    return Value(number.code, kind, number.nulls, number.column, number.constant)


def _as_day(value: Value) -> Value:
    """A date as the number of its day, which has no end at the year 9999."""
    if value.kind == "day":
        return value
    return replace(value, code=f"{value.code}.toordinal()", kind="day")


_SUMS: Final[dict[tuple[str, str, str], Kind]] = {
    ("date", "-", "date"): "integer",
    ("timestamp", "-", "timestamp"): "duration",
    ("instant", "-", "instant"): "duration",
}


def arithmetic(operator: str, left: Value, right: Value) -> Value:
    """Write a sum, difference, product or concatenation.

    Raises:
        Untranslatable: the result could round, overflow or divide otherwise.
    """
    nulls = left.nulls + right.nulls
    if operator == "||" and left.kind == right.kind == "text":
        return Value(f"({left.code} + {right.code})", "text", nulls)
    if left.kind == right.kind == "integer" and operator in ("+", "-", "*"):
        bits = max(left.bits, right.bits)
        code = f"fits({left.code} {operator} {right.code}, {bits})"
        return Value(code, "integer", nulls, bits=bits)
    if left.kind == right.kind == "integer" and operator == "%":
        code = f"remainder({left.code}, {right.code})"
        return Value(code, "integer", nulls, bits=max(left.bits, right.bits))
    kind = _SUMS.get((left.kind, operator, right.kind))
    if kind == "integer":
        return Value(f"({left.code} - {right.code}).days", kind, nulls)
    if kind == "duration":
        return Value(f"({left.key} - {right.key})", kind, nulls)
    days = left.kind in ("date", "day") and right.kind == "integer"
    if days and operator in ("+", "-") and right.bits <= 32:
        code = f"day({_as_day(left).code} {operator} {right.code})"
        return Value(code, "day", nulls)
    if {left.kind, right.kind} <= {"date", "day"} and operator == "-":
        code = f"({_as_day(left).code} - {_as_day(right).code})"
        return Value(code, "integer", nulls)
    raise Untranslatable(f"{left.kind} {operator} {right.kind}")
