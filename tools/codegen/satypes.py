"""SQLAlchemy types for PostgreSQL types, as the generated code writes them."""

from __future__ import annotations

import re
from typing import Final

from tools.codegen.facts import Check, Domain, Facts, Type
from tools.codegen.source import literal, sql_literal

_CORE: Final = {
    "smallint": "SmallInteger",
    "integer": "Integer",
    "bigint": "BigInteger",
    "boolean": "Boolean",
    "text": "Text",
    "character varying": "String",
    "character": "CHAR",
    "uuid": "Uuid",
    "date": "Date",
    "numeric": "Numeric",
    "real": "REAL",
    "double precision": "Double",
    "bytea": "LargeBinary",
}
_TIMES: Final = {
    "time without time zone": ("Time", "TIME", False),
    "time with time zone": ("Time", "TIME", True),
    "timestamp without time zone": ("DateTime", "TIMESTAMP", False),
    "timestamp with time zone": ("DateTime", "TIMESTAMP", True),
}
# Names that the PostgreSQL dialect has in capitals.
_DIALECT: Final = frozenset(
    "cidr citext datemultirange daterange inet int4multirange int4range int8multirange"
    " int8range macaddr macaddr8 money nummultirange numrange oid tsmultirange tsquery"
    " tsrange tstzmultirange tstzrange tsvector".split()
)
# Kinds of types whose values drivers give as PostgreSQL writes them.
_WRITTEN: Final = frozenset({"composite"})
_TEXTS: Final = frozenset({"text", "character varying", "character"})
_DIALECT_IMPORT: Final = "from sqlalchemy.dialects.postgresql import "
_CORE_IMPORT: Final = "from sqlalchemy import "


class TypeWriter:
    """Writes types, and collects the imports that they need in `lines`."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.lines: set[str] = set()

    def write(self, type_: Type, collation: str | None, enum: str | None = None) -> str:
        """Write *type_*; *enum* is the Python enum of a native one."""
        if type_.domains:
            return self._domain(self.facts.domains[type_.domains[0]], enum)
        if type_.array:
            return self._array(type_, collation, enum)
        return self._scalar(type_, collation, enum)

    def _array(self, type_: Type, collation: str | None, enum: str | None) -> str:
        """Write an array; one that drivers do not know is read as one that they do."""
        scalar = self._scalar(type_, collation, enum)
        self.lines.add(_DIALECT_IMPORT + "ARRAY")
        if type_.element_domains:
            item = self._domain(self.facts.domains[type_.element_domains[0]], enum)
            self.lines.add("from ._rows import Listed")
            return f"Listed({item}, ARRAY({scalar}))"
        if type_.kind in _WRITTEN and enum is None:
            self.lines |= {"from ._rows import Listed", _CORE_IMPORT + "Text"}
            return f"Listed({scalar}, ARRAY(Text))"
        return f"ARRAY({scalar})"

    def _scalar(self, type_: Type, collation: str | None, enum: str | None) -> str:
        modifiers = _modifiers(type_.full)
        if enum is not None and type_.kind == "enum":
            return self._enum(type_, enum)
        if type_.full == "bpchar":
            return self._other(type_.full)  # CHAR without a length would be one letter
        if type_.base in _CORE:
            name = self._core(_CORE[type_.base])
            if type_.base in _TEXTS and collation:
                modifiers.append(f"collation={literal(collation.strip(chr(34)))}")
            return f"{name}({', '.join(modifiers)})" if modifiers else name
        if type_.base in _TIMES:
            return self._time(type_, modifiers)
        if type_.base in ("json", "jsonb"):
            # Without it, None would be stored as JSON's null.
            return f"{self._dialect(type_.base.upper())}(none_as_null=True)"
        if type_.base == "interval":
            if type_.full == "interval":
                return self._core("Interval")
            return self._other(type_.full)
        if type_.base in ("bit", "bit varying"):
            varying = ["varying=True"] if type_.base == "bit varying" else []
            return f"{self._dialect('BIT')}({', '.join([*modifiers, *varying])})"
        if type_.base in _DIALECT and not modifiers:
            return self._dialect(type_.base.upper())
        return self._other(type_.full)

    def _time(self, type_: Type, modifiers: list[str]) -> str:
        plain, exact, zoned = _TIMES[type_.base]
        arguments = ["timezone=True"] if zoned else []
        if modifiers:
            arguments.append(f"precision={modifiers[0]}")
        name = self._dialect(exact) if modifiers else self._core(plain)
        return f"{name}({', '.join(arguments)})" if arguments else name

    def _enum(self, type_: Type, enum: str) -> str:
        schema, _, name = type_.base.partition(".")
        self.lines.add(f"from .enums import {enum}")
        self.lines.add("from ._rows import labels_of")
        return (
            f"{self._core('Enum')}({enum}, name={literal(name)},"
            f" schema={literal(schema)},"
            " values_callable=labels_of)"
        )

    def _domain(self, domain: Domain, enum: str | None) -> str:
        """Write the outermost domain over its own base, with its own rules."""
        base = self.write(domain.type, None, enum)
        arguments = [
            literal(domain.name),
            base,
            f"schema={literal(domain.schema)}",
        ]
        if domain.collation:
            arguments.append(f"collation={literal(domain.collation.strip(chr(34)))}")
        if domain.default is not None:
            self.lines.add(_CORE_IMPORT + "text as sql_text")
            arguments.append(f"default=sql_text({sql_literal(domain.default)})")
        if not domain.nullable:
            arguments.append("not_null=True")
        check = carried_check(domain)
        if check is not None:
            if domain.nullable:
                arguments.append(f"constraint_name={literal(check.name)}")
            arguments.append(f"check={sql_literal(check.expression)}")
        return f"{self._dialect('DOMAIN')}({', '.join(arguments)})"

    def _other(self, name: str) -> str:
        self.lines.add("from ._rows import Other")
        return f"Other({literal(name)})"

    def _core(self, name: str) -> str:
        self.lines.add(_CORE_IMPORT + name)
        return name

    def _dialect(self, name: str) -> str:
        self.lines.add(_DIALECT_IMPORT + name)
        return name


def carried_check(domain: Domain) -> Check | None:
    """The CHECK that SQLAlchemy's DOMAIN can say: the only one, by its own name.

    Where the domain refuses null, SQLAlchemy would give the name to that.
    """
    if len(domain.checks) != 1:
        return None
    (check,) = domain.checks
    return check if domain.nullable or check.name == f"{domain.name}_check" else None


def _modifiers(full: str) -> list[str]:
    """The numbers in the brackets of a type's name: ``numeric(5,2)`` gives 5 and 2."""
    found = re.search(r"\(([\d, -]+)\)", full)
    return [part.strip() for part in found.group(1).split(",")] if found else []
