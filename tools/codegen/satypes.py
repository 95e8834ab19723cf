"""SQLAlchemy types for PostgreSQL types, as the generated code writes them."""

from __future__ import annotations

import re
from typing import Final

from tools.codegen.facts import Check, Domain, Facts, Type
from tools.codegen.pgtypes import TEXTS, row_of
from tools.codegen.source import Code, literal, sql_literal

# Kinds of types whose values drivers give as PostgreSQL writes them.
_WRITTEN: Final = frozenset({"composite"})
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
        row = row_of(type_)
        if type_.base == "hstore":
            return self._own("Pairs", literal(type_.full))
        if row.sqlalchemy is None:
            return self._other(type_.full)
        if row.python.text == "dt.time" or row.python.text == "dt.datetime":
            return self._time(type_, row.sqlalchemy, modifiers)
        if row.kind == "duration" and type_.full != "interval":
            return self._other(type_.full)
        if type_.base in TEXTS and collation:
            modifiers.append(f"collation={literal(collation.strip(chr(34)))}")
        if row.kind == "json":
            modifiers.append("none_as_null=True")  # None would be JSON's null
        if type_.base == "bit varying":
            modifiers.append("varying=True")
        self.lines |= row.sqlalchemy.imports
        name = row.sqlalchemy.text
        if row.python.text in ("Inet", "Cidr"):
            return self._own("Network", name)
        return f"{name}({', '.join(modifiers)})" if modifiers else name

    def _time(self, type_: Type, plain: Code, modifiers: list[str]) -> str:
        arguments = ["timezone=True"] if "with time zone" in type_.base else []
        if not modifiers:
            self.lines |= plain.imports
            return f"{plain.text}({', '.join(arguments)})" if arguments else plain.text
        arguments.append(f"precision={modifiers[0]}")
        name = self._dialect("TIME" if plain.text == "Time" else "TIMESTAMP")
        return f"{name}({', '.join(arguments)})"

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
        return self._own("Domain", ", ".join(arguments))

    def _other(self, name: str) -> str:
        return self._own("Other", literal(name))

    def _own(self, name: str, argument: str) -> str:
        self.lines.add(f"from ._rows import {name}")
        return f"{name}({argument})"

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
