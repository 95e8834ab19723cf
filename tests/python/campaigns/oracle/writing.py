"""Statements that write, to rows and by keys that may be somebody else's."""

from __future__ import annotations

import random
from typing import Final

from tests.python.campaigns.oracle.conditions import Conditions
from tests.python.campaigns.oracle.sources import Sources
from tests.python.campaigns.oracle.vocabulary import Column, Table

ALICE: Final = "'a0000000-0000-7000-8000-000000000000'"


class Writing:
    """Draws INSERT, UPDATE, DELETE and MERGE."""

    def __init__(
        self, chance: random.Random, conditions: Conditions, sources: Sources
    ) -> None:
        self._chance, self._conditions, self._sources = chance, conditions, sources

    def draw(self, *, returning: bool = False) -> str:
        """Draw one statement; MERGE cannot always return rows, so it never does."""
        shapes = [(self._insert, 30), (self._update, 40), (self._delete, 20)]
        if not returning:
            shapes.append((self._merge, 10))
        draws, weights = zip(*shapes, strict=True)
        draw = self._chance.choices(draws, weights)[0]
        text: str
        text, table, alias = draw()
        if draw != self._merge and (returning or self._chance.random() < 0.4):
            names = [c.name for c in table.columns if not c.moves]
            chosen = self._chance.sample(names, min(2, len(names)))
            text += " returning " + ", ".join(f"{alias}.{name}" for name in chosen)
        return text

    def _table(self, may: str) -> Table:
        while True:
            table = self._sources.table()
            if may == "delete" and table.deletable:
                return table
            if may == "insert" and any(c.insertable for c in table.columns):
                return table
            if may == "update" and any(c.updatable for c in table.columns):
                return table

    def _insert(self) -> tuple[str, Table, str]:
        table = self._table("insert")
        # Always with an id of its own: the default makes a new one each time.
        columns = [
            c
            for c in table.columns
            if c.insertable and (c.name == "id" or self._chance.random() < 0.7)
        ]
        names = ["user_id", *(c.name for c in columns if c.name != "user_id")]
        values = [self._owner()]
        values += [self._value(c) for c in columns if c.name != "user_id"]
        rows = f"values ({', '.join(values)})"
        if self._chance.random() < 0.3:
            other = self._sources.table()
            where = self._conditions.where(other, "s")
            scan = self._sources.scanned(other, "s")
            rows = f"select {', '.join(values)} from {scan} where {where}"
        text = f"insert into app.{table.name} as a ({', '.join(names)}) {rows}"
        return text + self._conflict(table), table, "a"

    def _conflict(self, table: Table) -> str:
        keys = [c.name for c in table.columns if c.name.endswith("id")]
        changes = [c for c in table.columns if c.updatable]
        draw = self._chance.random()
        if draw < 0.5:
            return ""
        if draw < 0.75 or not changes:
            return " on conflict do nothing"
        key = "user_id, task_id, tag_id" if "tag_id" in keys else "user_id, id"
        where = self._conditions.where(table, "a")
        return f" on conflict ({key}) do update set {self._set(changes)} where {where}"

    def _update(self) -> tuple[str, Table, str]:
        table = self._table("update")
        changes = [c for c in table.columns if c.updatable]
        text = f"update app.{table.name} as a set {self._set(changes)}"
        return text + self._rest(table, "from"), table, "a"

    def _delete(self) -> tuple[str, Table, str]:
        table = self._table("delete")
        return (
            f"delete from app.{table.name} as a{self._rest(table, 'using')}",
            table,
            "a",
        )

    def _rest(self, table: Table, word: str) -> str:
        where = self._conditions.where(table, "a")
        if self._chance.random() < 0.3:
            other = self._sources.table()
            scan = self._sources.scanned(other, "b")
            join = f"a.{table.owner} = b.{other.owner}"
            more = self._conditions.where(other, "b")
            return f" {word} {scan} where {join} and {where} and {more}"
        return f" where {where}"

    def _merge(self) -> tuple[str, Table, str]:
        table = self._table("delete")
        changes = [c for c in table.columns if c.updatable]
        key = self._chance.choice(table.columns)
        act = self._chance.choice(("delete", "do nothing"))
        if changes and self._chance.random() < 0.6:
            act = f"update set {self._set(changes)}"
        return (
            f"merge into app.{table.name} as a using"
            f" (select {key.value(self._chance)}::{key.type} as x) as v"
            f" on a.{key.name} = v.x and {self._conditions.where(table, 'a')}"
            f" when matched and {self._conditions.one(table, 'a')} then {act}"
            " when not matched then do nothing",
            table,
            "a",
        )

    def _set(self, changes: list[Column]) -> str:
        chosen = self._chance.sample(
            changes, min(len(changes), self._chance.choice((1, 1, 2)))
        )
        return ", ".join(f"{c.name} = {self._value(c)}" for c in chosen)

    def _owner(self) -> str:
        if self._chance.random() < 0.8:
            return ALICE
        return ALICE.replace("a0", "b0")

    def _value(self, column: Column) -> str:
        return f"{column.value(self._chance)}::{column.type}"
