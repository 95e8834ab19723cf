"""PostgreSQL's types, one row each: what Python, SQLAlchemy and the models make of it.

Types of extensions stand here by their own name, the server's by the name that
`format_type` gives. What has no row is read as drivers give it, and its type is `Any`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from tools.codegen.facts import Type
from tools.codegen.source import Code

Kind = Literal[
    "text",
    "blank-padded",
    "integer",
    "numeric",
    "float",
    "real",
    "boolean",
    "date",
    "day",
    "time",
    "timestamp",
    "instant",
    "duration",
    "uuid",
    "bytes",
    "json",
    "enum",
    "array",
    "unknown",
]
_CORE: Final = "from sqlalchemy import "
_DIALECT: Final = "from sqlalchemy.dialects.postgresql import "
_ROWS: Final = "from ._rows import "
_VALUES: Final = "from ._values import "
_PYDANTIC: Final = "from pydantic import AfterValidator"


@dataclass(frozen=True, slots=True)
class Row:
    """One type.

    Attributes:
        python: the type of a value that is not null.
        sqlalchemy: the class, or the call of one; none where SQL's name has to do.
        kind: how expressions handle its values.
        takes: the input type, where it is more than `python`: a name of `_values`.
        checks: what that name checks: the validators behind `python`.
        bits: of an integer, its size.
    """

    python: Code
    sqlalchemy: Code | None = None
    kind: Kind = "unknown"
    takes: Code | None = None
    checks: tuple[Code, ...] = ()
    bits: int = 0


def _line(name: str) -> Code:
    """A Python type by the import that it needs."""
    imports = {
        "dt": "import datetime as dt",
        "UUID": "from uuid import UUID",
        "Decimal": "from decimal import Decimal",
        "JsonValue": "from pydantic import JsonValue",
        "Range": f"{_DIALECT}Range",
        "Any": "from typing import Any",
        "Inet": f"{_VALUES}Inet",
        "Cidr": f"{_VALUES}Cidr",
    }
    words = name.replace("[", " ").replace("]", " ").replace(".", " ").split()
    return Code(name, frozenset(imports[word] for word in words if word in imports))


def _after(name: str) -> Code:
    return Code(f"AfterValidator({name})", frozenset({_PYDANTIC, f"{_VALUES}{name}"}))


def _row(
    python: str,
    sqlalchemy: str = "",
    kind: Kind = "unknown",
    takes: str = "",
    checks: str = "",
    bits: int = 0,
) -> Row:
    """A row of words: names in capitals are the dialect's, others SQLAlchemy's own."""
    package = _DIALECT if sqlalchemy.isupper() else _CORE
    if sqlalchemy in ("REAL", "CHAR"):
        package = _CORE
    return Row(
        _line(python),
        Code(sqlalchemy, frozenset({package + sqlalchemy})) if sqlalchemy else None,
        kind,
        Code(takes, frozenset({_VALUES + takes})) if takes else None,
        tuple(map(_after, checks.split())),
        bits,
    )


def _ranges() -> Iterator[tuple[str, Row]]:
    for name, bound in (
        ("int4", "int"),
        ("int8", "int"),
        ("num", "Decimal"),
        ("date", "dt.date"),
        ("ts", "dt.datetime"),
        ("tstz", "dt.datetime"),
    ):
        for one, python in (
            (f"{name}range", f"Range[{bound}]"),
            (f"{name}multirange", f"list[Range[{bound}]]"),
        ):
            yield one, _row(python, one.upper())


_STORABLE: Final = (Code("Storable", frozenset({f"{_VALUES}Storable"})),)


def _text(sqlalchemy: str = "", kind: Kind = "unknown") -> Row:
    row = _row("str", sqlalchemy, kind, "Text")
    return Row(row.python, row.sqlalchemy, row.kind, row.takes, _STORABLE)


# `dt.date`, not `date`: a column called date would hide its own type.
ROWS: Final[Mapping[str, Row]] = {
    "smallint": _row("int", "SmallInteger", "integer", "SmallInt", bits=16),
    "integer": _row("int", "Integer", "integer", "Int", bits=32),
    "bigint": _row("int", "BigInteger", "integer", "BigInt", bits=64),
    "oid": _row("int", "OID"),
    "boolean": _row("bool", "Boolean", "boolean"),
    "text": _text("Text", "text"),
    "character varying": _text("String", "text"),
    "character": _text("CHAR", "blank-padded"),
    '"char"': _row("str"),
    "name": _row("str"),
    "citext": _text(),
    "ltree": _row("str"),
    "lquery": _row("str"),
    "hstore": Row(_line("dict[str, str | None]")),
    "vector": _row("str"),
    "halfvec": _row("str"),
    "uuid": _row("UUID", "Uuid", "uuid"),
    "date": _row("dt.date", "Date", "date"),
    "time without time zone": _row("dt.time", "Time", "time", "Clock", "zoneless"),
    "time with time zone": _row("dt.time", "Time"),
    "timestamp without time zone": _row(
        "dt.datetime", "DateTime", "timestamp", "Timestamp", "zoneless"
    ),
    "timestamp with time zone": _row(
        "dt.datetime", "DateTime", "instant", "Instant", "aware"
    ),
    "interval": _row("dt.timedelta", "Interval", "duration"),
    "numeric": _row("Decimal", "Numeric", "numeric", "Number", "finite"),
    "real": _row("float", "REAL", "real", "Real", "finite fits_single"),
    "double precision": _row("float", "Double", "float", "Double", "finite"),
    "bytea": _row("bytes", "LargeBinary", "bytes"),
    "json": _row("JsonValue", "JSON", "json", "Json", "storable_json"),
    "jsonb": _row("JsonValue", "JSONB", "json", "Json", "storable_json"),
    "money": _row("str", "MONEY"),
    "xml": _row("str"),
    "bit": _row("str", "BIT"),
    "bit varying": _row("str", "BIT"),
    "inet": _row("Inet", "INET"),
    "cidr": _row("Cidr", "CIDR"),
    "macaddr": _row("str", "MACADDR"),
    "macaddr8": _row("str", "MACADDR8"),
    "tsvector": _row("str", "TSVECTOR"),
    "tsquery": _row("str", "TSQUERY"),
    "void": _row("None"),
    "record": _row("tuple[Any, ...]"),
    **dict(_ranges()),
}
_UNKNOWN: Final = _row("Any")
# The names that a cast in an expression is printed with, in PostgreSQL's tree.
_INTERNAL: Final = {
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "bool": "boolean",
    "varchar": "character varying",
    "bpchar": "character",
    "float4": "real",
    "float8": "double precision",
    "time": "time without time zone",
    "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone",
}
TEXTS: Final = frozenset({"text", "character varying", "character"})


def row_of(type_: Type) -> Row:
    """The row of the innermost type: under domains and array brackets."""
    return ROWS.get(type_.base, _UNKNOWN)


def named(name: str) -> Row:
    """The row of a type by the name that a cast has."""
    return ROWS.get(_INTERNAL.get(name, name), _UNKNOWN)


def python_type(type_: Type) -> Code:
    """The Python type of a value of *type_* that is not null; `Any` if unknown."""
    scalar = row_of(type_).python
    return scalar.within("list[{}]") if type_.array else scalar


def kind_of(type_: Type) -> Kind:
    """The kind of a column's values."""
    if type_.array:
        return "array"
    return "enum" if type_.kind == "enum" else row_of(type_).kind
