"""The constraints and indexes of a table, from the facts, so that nothing is lost.

Reflection drops expressions, order and NULLS of index columns and what it does not
know; and it would keep what the application's role cannot see.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Final, TypeAlias

from tools.codegen.facts import (
    Check,
    Exclusion,
    ForeignKey,
    Index,
    IndexPart,
    Key,
    Relation,
)
from tools.codegen.source import literal, sql_literal

_LISTED: Final = re.compile(
    r"""\(\((\w+|"(?:[^"]|"")+")\)::text (= ANY|<> ALL) \(\(ARRAY\["""
    r"""((?:'(?:[^']|'')*'::character varying(?:, )?)+)\]\)::text\[\]\)\)"""
)
_Part: TypeAlias = Key | ForeignKey | Check | Exclusion | Index


class TableArguments:
    """Renders ``__table_args__`` and knows which imports that takes."""

    def __init__(self, relation: Relation, tables: Iterable[Relation]) -> None:
        self.relation = relation
        self.tables = {table.address: table for table in tables}
        self.visible = {c.name for c in relation.columns if c.readable}
        self.lines: set[str] = set()

    @property
    def names(self) -> frozenset[str]:
        """The constraints and indexes that are rendered."""
        return frozenset(one.name for one in self._carried())

    @cached_property
    def code(self) -> str:
        """The tuple, its parts in the order: keys, references, checks, indexes."""
        options = [f'"schema": {literal(self.relation.schema)}']
        if self.relation.comment:
            options.append(f'"comment": {literal(self.relation.comment)}')
        parts = [*map(self._part, self._carried()), "{" + ", ".join(options) + "}"]
        return "(" + ", ".join(parts) + ",)"

    def _carried(self) -> Iterator[_Part]:
        for key in self.relation.keys:
            if self._sees(key.columns):
                yield key
        for foreign_key in self.relation.foreign_keys:
            if self._reaches(foreign_key):
                yield foreign_key
        for check in self.relation.checks:
            if self._sees(check.columns):
                yield check
        yield from self.relation.exclusions
        for index in self.relation.indexes:
            if self._sees(part.column for part in index.parts if part.column):
                yield index

    def _part(self, part: _Part) -> str:
        match part:
            case Key():
                return self._key(part)
            case ForeignKey():
                return self._foreign_key(part)
            case Check():
                return self._check(part)
            case Exclusion():
                return self._exclusion(part)
            case Index():
                return self._index(part)

    def _sees(self, columns: Iterable[str]) -> bool:
        return self.visible.issuperset(columns)

    def _reaches(self, key: ForeignKey) -> bool:
        target = self.tables.get(key.target)
        return (
            target is not None
            and self._sees(key.columns)
            and all(target.column(c).readable for c in key.target_columns)
        )

    def _key(self, key: Key) -> str:
        name = "PrimaryKeyConstraint" if key.primary else "UniqueConstraint"
        self.lines.add(f"from sqlalchemy import {name}")
        arguments = [*map(literal, key.columns), f"name={literal(key.name)}"]
        arguments += _deferring(key)
        if not key.nulls_distinct:
            arguments.append("postgresql_nulls_not_distinct=True")
        if key.include:
            arguments.append(f"postgresql_include={_names(key.include)}")
        return f"{name}({', '.join(arguments)})"

    def _foreign_key(self, key: ForeignKey) -> str:
        self.lines.add("from sqlalchemy import ForeignKeyConstraint")
        targets = [f"{key.target}.{column}" for column in key.target_columns]
        arguments = [_names(key.columns), _names(targets), f"name={literal(key.name)}"]
        for option, action in (
            ("ondelete", key.on_delete),
            ("onupdate", key.on_update),
        ):
            if action != "NO ACTION":
                arguments.append(f"{option}={literal(action)}")
        if key.match != "SIMPLE":
            arguments.append(f"match={literal(key.match)}")
        arguments += _deferring(key)
        return f"ForeignKeyConstraint({', '.join(arguments)})"

    def _check(self, check: Check) -> str:
        self.lines.add("from sqlalchemy import CheckConstraint")
        return (
            f"CheckConstraint({sql_literal(_stable(check.expression))},"
            f" name={literal(check.name)})"
        )

    def _exclusion(self, exclusion: Exclusion) -> str:
        self.lines.add("from sqlalchemy.dialects.postgresql import ExcludeConstraint")
        arguments = [
            f"({self._sql(expression)}, {literal(operator)})"
            for expression, operator in exclusion.elements
        ]
        arguments.append(f"name={literal(exclusion.name)}")
        arguments.append(f"using={literal(exclusion.method)}")
        if exclusion.predicate:
            arguments.append(f"where={self._sql(exclusion.predicate)}")
        return f"ExcludeConstraint({', '.join([*arguments, *_deferring(exclusion)])})"

    def _index(self, index: Index) -> str:
        self.lines.add("from sqlalchemy import Index")
        arguments = [literal(index.name), *map(self._index_part, index.parts)]
        if index.unique:
            arguments.append("unique=True")
        if index.method != "btree":
            arguments.append(f"postgresql_using={literal(index.method)}")
        if index.settings:
            settings = ", ".join(
                f"{literal(name)}: {literal(value)}" for name, value in index.settings
            )
            arguments.append(f"postgresql_with={{{settings}}}")
        if index.include:
            arguments.append(f"postgresql_include={_names(index.include)}")
        if not index.nulls_distinct:
            arguments.append("postgresql_nulls_not_distinct=True")
        if index.predicate:
            arguments.append(f"postgresql_where={self._sql(index.predicate)}")
        return f"Index({', '.join(arguments)})"

    def _index_part(self, part: IndexPart) -> str:
        if part.column and not part.options:
            return literal(part.column)
        return self._sql(f"{part.expression} {part.options}".strip())

    def _sql(self, expression: str) -> str:
        self.lines.add("from sqlalchemy import text as sql_text")
        return f"sql_text({sql_literal(expression)})"


def _stable(expression: str) -> str:
    """Write IN over varchar as IN again: what the server prints, it reads otherwise."""
    return _LISTED.sub(
        lambda found: (
            f"({found[1]} {'IN' if found[2] == '= ANY' else 'NOT IN'}"
            f" ({found[3].replace('::character varying', '')}))"
        ),
        expression,
    )


def _names(names: Iterable[str]) -> str:
    return "[" + ", ".join(literal(name) for name in names) + "]"


def _deferring(constraint: Key | ForeignKey | Exclusion) -> list[str]:
    if not constraint.deferrable:
        return []
    initially = "DEFERRED" if constraint.initially_deferred else "IMMEDIATE"
    return ["deferrable=True", f"initially={literal(initially)}"]
