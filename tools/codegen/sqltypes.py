"""The database's types, taken apart: domains down to their base, arrays to elements."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row

from tools.codegen.facts import Type
from tools.codegen.pgtypes import ROWS

KINDS = {
    "b": "base",
    "c": "composite",
    "d": "domain",
    "e": "enum",
    "m": "multirange",
    "p": "pseudo",
    "r": "range",
}


class Types:
    """All types of the database by their oid."""

    def __init__(self, rows: Iterable[Row[Any]]) -> None:
        self._types = {row.oid: row for row in rows}

    def name(self, oid: int) -> str:
        """The type's name as SQL writes it."""
        return str(self._types[oid].name)

    def describe(self, oid: int, name: str) -> Type:
        """Take the type with *oid* apart; *name* is it with its modifier."""
        domains: list[str] = []
        elements: list[str] = []
        full, array = name, False
        row = self._types[oid]
        while True:
            if row.kind == "d":
                (elements if array else domains).append(row.address)
                full, row = row.base_name, self._types[row.base]
            elif row.is_array and not array:
                array = True
                full, row = full.removesuffix("[]"), self._types[row.element]
            else:
                break
        own = not row.address.startswith("pg_catalog.")
        base = row.address if own else row.name
        if row.of_extension and row.bare in ROWS:
            base = row.bare
        return Type(
            name, base, full, KINDS[row.kind], array, tuple(domains), tuple(elements)
        )
