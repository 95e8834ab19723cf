"""PostgreSQL's functions that Python can say exactly, for translated expressions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from tools.codegen.pgtypes import Kind
from tools.codegen.values import BOOLEAN, Value


class Untranslatable(Exception):
    """Python has no exact equivalent; the message names what has none."""


Function = Callable[[list[Value]], Value]


def _strict(kind: Kind, template: str, *kinds: Kind) -> Function:
    """A function that is null where an argument is; *template* takes their code."""

    def call(arguments: list[Value]) -> Value:
        if tuple(argument.kind for argument in arguments) != kinds:
            given = ", ".join(argument.kind for argument in arguments)
            raise Untranslatable(f"function of ({given})")
        code = template.format(*(argument.code for argument in arguments))
        nulls = tuple(null for argument in arguments for null in argument.nulls)
        return Value(code, kind, nulls)

    return call


def _either(*functions: Function) -> Function:
    """The first of *functions* that takes the arguments."""

    def call(arguments: list[Value]) -> Value:
        reason = Untranslatable("no such function")
        for function in functions:
            try:
                return function(arguments)
            except Untranslatable as refused:
                reason = refused
        raise reason

    return call


def _trim(method: str) -> Function:
    """btrim and its like: a set of characters off the ends; blanks by default."""
    return _either(
        _strict("text", f"{{0}}.{method}(' ')", "text"),
        _strict("text", f"{{0}}.{method}({{1}})", "text", "text"),
    )


def _counted(nulls: bool) -> Function:
    """num_nulls and num_nonnulls: they are never null themselves."""

    def call(arguments: list[Value]) -> Value:
        conditions = []
        for argument in arguments:
            null = " or ".join(argument.nulls) or "False"
            conditions.append(f"({null})" if nulls else f"(not ({null}))")
        return Value(f"sum(({', '.join(conditions)},))", "integer")

    return call


def _substring(arguments: list[Value]) -> Value:
    """substr(text, from[, count]) with constants that stay inside Python's meaning."""
    text, *numbers = arguments
    if text.kind != "text" or not numbers or not all(map(_is_count, numbers)):
        raise Untranslatable("substr of these arguments")
    start, *count = (int(number.code) for number in numbers)
    if start < 1 or any(number < 0 for number in count):
        raise Untranslatable("substr from before the start")
    end = str(start - 1 + count[0]) if count else ""
    return Value(f"{text.code}[{start - 1}:{end}]", "text", text.nulls)


def _is_count(value: Value) -> bool:
    return value.constant and value.kind == "integer" and not value.nulls


def _absolute(arguments: list[Value]) -> Value:
    """abs of an integer, which the smallest one has not."""
    (number,) = arguments
    if number.kind != "integer":
        raise Untranslatable(f"abs of {number.kind}")
    code = f"fits(abs({number.code}), {number.bits})"
    return Value(code, "integer", number.nulls, bits=number.bits)


def _remainder(arguments: list[Value]) -> Value:
    left, right = arguments
    found = _strict("integer", "remainder({0}, {1})", "integer", "integer")(arguments)
    return replace(found, bits=max(left.bits, right.bits))


def _left(arguments: list[Value]) -> Value:
    text, number = arguments
    if text.kind != "text" or not _is_count(number):
        raise Untranslatable("left of these arguments")
    return Value(f"{text.code}[:{int(number.code)}]", "text", text.nulls)


def _right(arguments: list[Value]) -> Value:
    text, number = arguments
    if text.kind != "text" or not _is_count(number) or int(number.code) == 0:
        raise Untranslatable("right of these arguments")
    return Value(f"{text.code}[{-int(number.code)}:]", "text", text.nulls)


def _extract(arguments: list[Value]) -> Value:
    field, value = arguments
    name = field.code.strip("'\"")
    template = _FIELDS.get((name, value.kind))
    if not field.constant or template is None:
        raise Untranslatable(f"extract {name} from {value.kind}")
    return Value(template.format(value.code), "integer", value.nulls)


def _array_length(arguments: list[Value]) -> Value:
    """array_length(array, 1): null for an empty array."""
    array, dimension = arguments
    if array.kind != "array" or dimension.code != "1" or not dimension.constant:
        raise Untranslatable("array_length of these arguments")
    return Value(f"len({array.code})", "integer", (*array.nulls, f"(not {array.code})"))


_DATED: Final = {
    "year": "{0}.year",
    "month": "{0}.month",
    "day": "{0}.day",
    "isodow": "{0}.isoweekday()",
    "dow": "({0}.isoweekday() % 7)",
    "isoyear": "{0}.isocalendar().year",
    "week": "{0}.isocalendar().week",
    "quarter": "(({0}.month + 2) // 3)",
}
_CLOCKED: Final = {"hour": "{0}.hour", "minute": "{0}.minute"}
_FIELDS: Final[Mapping[tuple[str, str], str]] = {
    **{(name, "date"): code for name, code in _DATED.items()},
    **{(name, "timestamp"): code for name, code in (_DATED | _CLOCKED).items()},
    **{(name, "time"): code for name, code in _CLOCKED.items()},
}

_LENGTH: Final = _strict("integer", "len({0})", "text")

FUNCTIONS: Final[Mapping[str, Function]] = {
    "length": _either(_LENGTH, _strict("integer", "len({0})", "bytes")),
    "char_length": _LENGTH,
    "character_length": _LENGTH,
    "octet_length": _either(
        _strict("integer", "len({0}.encode())", "text"),
        _strict("integer", "len({0})", "bytes"),
    ),
    "btrim": _trim("strip"),
    "ltrim": _trim("lstrip"),
    "rtrim": _trim("rstrip"),
    "strpos": _strict("integer", "({0}.find({1}) + 1)", "text", "text"),
    # As the tree has it: POSITION(b IN a) is stored as a call with a first.
    "position": _strict("integer", "({0}.find({1}) + 1)", "text", "text"),
    "starts_with": _strict(BOOLEAN, "{0}.startswith({1})", "text", "text"),
    "reverse": _strict("text", "{0}[::-1]", "text"),
    "left": _left,
    "right": _right,
    "substr": _substring,
    "substring": _substring,
    "num_nulls": _counted(True),
    "num_nonnulls": _counted(False),
    "abs": _absolute,
    "mod": _remainder,
    "array_length": _array_length,
    "cardinality": _strict("integer", "cardinality({0})", "array"),
    "jsonb_typeof": _strict("text", "json_type({0})", "json"),
    "json_typeof": _strict("text", "json_type({0})", "json"),
    "isfinite": _either(
        _strict(BOOLEAN, "True", "date"),
        _strict(BOOLEAN, "True", "timestamp"),
        _strict(BOOLEAN, "True", "instant"),
    ),
    "extract": _extract,
}
