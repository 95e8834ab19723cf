"""Python types for PostgreSQL types, as the generated code writes them."""

from __future__ import annotations

from typing import Final

from tools.codegen.facts import Type

# `dt.date`, not `date`: a column called date would hide its own type.
_SCALARS: Final = {
    "smallint": "int",
    "integer": "int",
    "bigint": "int",
    "oid": "int",
    "boolean": "bool",
    "text": "str",
    "character varying": "str",
    "character": "str",
    '"char"': "str",
    "name": "str",
    "citext": "str",
    "uuid": "UUID",
    "date": "dt.date",
    "time without time zone": "dt.time",
    "time with time zone": "dt.time",
    "timestamp without time zone": "dt.datetime",
    "timestamp with time zone": "dt.datetime",
    "interval": "dt.timedelta",
    "numeric": "Decimal",
    "real": "float",
    "double precision": "float",
    "bytea": "bytes",
    "json": "JsonValue",
    "jsonb": "JsonValue",
    "money": "str",
    "xml": "str",
    "bit": "str",
    "bit varying": "str",
    "macaddr": "str",
    "macaddr8": "str",
    "tsvector": "str",
    "tsquery": "str",
    "void": "None",
    "record": "tuple[Any, ...]",
    "int4range": "Range[int]",
    "int8range": "Range[int]",
    "numrange": "Range[Decimal]",
    "daterange": "Range[dt.date]",
    "tsrange": "Range[dt.datetime]",
    "tstzrange": "Range[dt.datetime]",
    "int4multirange": "list[Range[int]]",
    "int8multirange": "list[Range[int]]",
    "nummultirange": "list[Range[Decimal]]",
    "datemultirange": "list[Range[dt.date]]",
    "tsmultirange": "list[Range[dt.datetime]]",
    "tstzmultirange": "list[Range[dt.datetime]]",
}

# What a piece of generated code needs at the top of its module.
IMPORTS: Final = {
    "dt.": "import datetime as dt",
    "UUID": "from uuid import UUID",
    "Decimal": "from decimal import Decimal",
    "JsonValue": "from pydantic import JsonValue",
    "Range[": "from sqlalchemy.dialects.postgresql import Range",
    "Any": "from typing import Any",
}


def python_type(type_: Type) -> str:
    """The Python type of a value of *type_* that is not null; `Any` if unknown."""
    scalar = _SCALARS.get(type_.base, "Any")
    return f"list[{scalar}]" if type_.array else scalar


def imports_of(code: str) -> list[str]:
    """The import lines that the type expression *code* needs."""
    return [line for mark, line in IMPORTS.items() if mark in code]
