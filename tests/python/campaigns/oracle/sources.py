"""What a statement reads from: views, joins in every order, sub-queries, appends."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Final

from tests.python.campaigns.oracle.conditions import Conditions
from tests.python.campaigns.oracle.vocabulary import Table, Vocabulary

_JOINS: Final = ("join", "join", "left join", "right join", "full join")


@dataclass(frozen=True)
class Source:
    """A FROM list without the word, and the tables that can be asked, by alias."""

    text: str
    tables: tuple[tuple[str, Table], ...]


class Sources:
    """Draws FROM lists."""

    def __init__(
        self, chance: random.Random, words: Vocabulary, conditions: Conditions
    ) -> None:
        self._chance, self._conditions = chance, conditions
        self._tables = list(words.tables.values())
        # The table that has most of people's words in it, more often than the others.
        self._weights = [6 if t.name == "tasks" else 2 for t in self._tables]

    def table(self) -> Table:
        """Draw a table."""
        return self._chance.choices(self._tables, self._weights)[0]

    def draw(self) -> Source:
        """Draw a FROM list of one to three tables."""
        shape = self._chance.choices(
            (
                self._plain,
                self._joined,
                self._nested,
                self._lateral,
                self._values,
                self._append,
            ),
            (40, 20, 10, 15, 10, 10),
        )[0]
        return shape()

    def _plain(self) -> Source:
        table = self.table()
        return Source(self.scanned(table, "a"), (("a", table),))

    def scanned(self, table: Table, alias: str) -> str:
        """Spell a table, perhaps as one of several branches that are appended."""
        draw = self._chance.random()
        if draw < 0.01:  # refused, and to be refused alike
            return self._chance.choice(
                (
                    f"app_data.{table.name} as {alias}",
                    f"app.{table.name} as {alias} tablesample system (100)",
                )
            )
        if draw < 0.15:
            return f"({self.appended(table)}) as {alias}"
        return f"app.{table.name} as {alias}"

    def appended(self, table: Table) -> str:
        """Spell UNION ALL of views without a WHERE, or nearly so.

        Of tables the planner would make one append, and ask the statement's conditions
        before those of the policy.
        """
        columns = self._chance.choice(("*", table.all("u")))
        bare = f"select {columns} from app.{table.name} as u"
        branch = self._chance.choices(
            (bare, f"{bare} where {self._conditions.one(table, 'u')}", f"({bare})"),
            (6, 1, 1),
        )[0]
        branches = [bare, branch, *[bare] * self._chance.choice((0, 0, 1))]
        return " union all ".join(branches)

    def _append(self) -> Source:
        table = self.table()
        return Source(f"({self.appended(table)}) as a", (("a", _hidden(table)),))

    def _joined(self) -> Source:
        tables = [self.table() for _ in range(self._chance.choice((2, 2, 3)))]
        text = self.scanned(tables[0], "a")
        for number, table in enumerate(tables[1:], 1):
            alias, before = "abc"[number], "abc"[number - 1]
            if self._chance.random() < 0.1:
                text += f" cross join {self.scanned(table, alias)}"
                continue
            on = f"{before}.{tables[number - 1].owner} = {alias}.{table.owner}"
            if self._chance.random() < 0.5:
                on = f"{on} and {self._conditions.one(table, alias)}"
            if self._chance.random() < 0.2:
                on = self._conditions.one(table, alias)
            how = self._chance.choice(_JOINS)
            text += f" {how} {self.scanned(table, alias)} on {on}"
        return Source(text, tuple(zip("abc", tables, strict=False)))

    def _nested(self) -> Source:
        table = self.table()
        end = self._chance.choice(("", " offset 0", " limit 50", " order by 1"))
        where = self._conditions.where(table, "i")
        scan = self.scanned(table, "i")
        inner = f"select {table.all('i')} from {scan} where {where}{end}"
        return Source(f"({inner}) as a", (("a", _hidden(table)),))

    def _lateral(self) -> Source:
        """One table for each row of something that spoils, or of another table."""
        outer, inner = self.table(), self.table()
        first = self._chance.choice(
            (
                "(select set_config('app.token', 'x', true) offset 0) as g (x)",
                "generate_series(1, 3) as g",
                "(values (1), (2)) as g",
                self.scanned(outer, "b"),
            )
        )
        where = self._conditions.where(inner, "i")
        end = self._chance.choice(("", " offset 0", " limit 1"))
        scan = self.scanned(inner, "i")
        text = f"select {inner.all('i')} from {scan} where {where}{end}"
        how = self._chance.choice(("cross join", "left join"))
        on = " on true" if how == "left join" else ""
        return Source(
            f"{first} {how} lateral ({text}) as a{on}", (("a", _hidden(inner)),)
        )

    def _values(self) -> Source:
        """Values of strangers, joined to the column that they may be in."""
        table = self.table()
        column = self._chance.choice(table.columns)
        values = ", ".join(f"({column.value(self._chance)})" for _ in range(3))
        rows = f"(select x::{column.type} from (values {values}) as w (x)) as v"
        sign = self._chance.choice(("=", "<", ">="))
        how = self._chance.choice(_JOINS[:4])
        text = f"{rows} {how} {self.scanned(table, 'a')} on a.{column.name} {sign} v.x"
        return Source(text, (("a", table),))


def _hidden(table: Table) -> Table:
    """A table seen through a sub-query: no row of it can be locked."""
    return replace(table, hidden=True)
