"""Gives tables the names of the views that stand in front of them.

Where the application may name views alone, the tables are what knows keys, checks and
defaults. So the facts are those of the table, under the name of its view; what the role
may do is what both let it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from tools.codegen.facts import Column, Facts, ForeignKey, Relation


def named(facts: Facts, behind: str) -> Facts:
    """Put each table of the schema *behind* in the place of its view.

    A table without a view is left out: the application has no name for it.
    """
    tables = {table.name: table for table in facts.relations if table.schema == behind}
    relations = tuple(
        _fronted(relation, tables[relation.name], facts.schema, behind)
        if relation.home and relation.name in tables
        else relation
        for relation in facts.relations
        if relation.schema != behind
    )
    schemas = tuple(schema for schema in facts.schemas if schema != behind)
    return replace(facts, schemas=schemas, relations=relations, behind=behind)


def renamed(found: Mapping[str, str], facts: Facts) -> dict[str, str]:
    """Do the same with the facts of `catalog`, whose names and values are texts."""
    if facts.behind is None:
        return dict(found)
    behind = re.compile(rf"\b{re.escape(facts.behind)}\.")
    put = partial(behind.sub, lambda _: f"{facts.schema}.")
    tables = {
        key.partition(":")[0].removeprefix("table ")
        for key in found
        if key.startswith(f"table {facts.behind}.")
    }
    views = {f"view {put(table)}" for table in tables}
    return {
        put(key): put(value)
        for key, value in found.items()
        if key.partition(":")[0] not in views
    }


def _fronted(view: Relation, table: Relation, schema: str, behind: str) -> Relation:
    let = {column.name: column.may for column in view.columns}

    def both(column: Column) -> Column:
        return replace(column, may=column.may & let.get(column.name, frozenset()))

    def follow(key: ForeignKey) -> ForeignKey:
        place, _, name = key.target.partition(".")
        return replace(key, target=f"{schema}.{name}") if place == behind else key

    return replace(
        table,
        schema=view.schema,
        home=view.home,
        columns=tuple(map(both, table.columns)),
        foreign_keys=tuple(map(follow, table.foreign_keys)),
        deletable=table.deletable and view.deletable,
        fronts=tuple(let),
    )
