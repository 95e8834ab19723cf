"""Conditions: those that a planner may put first, those that raise, those that spoil.

A policy is asked before a condition unless the condition is leakproof and costs less.
So the interesting ones are comparisons by leakproof operators, at full cost (`=`), half
of it (`= any ('{x}')`) and none (IS NULL, a boolean alone), and what joins them.
"""

from __future__ import annotations

import random
from typing import Final

from tests.python.campaigns.oracle.vocabulary import Column, Table

COMPARISONS: Final = ("=", "<", ">=", ">", "<=", "<>")

# What takes the identity away, or makes it another one, in the middle of a statement.
SPOILERS: Final = (
    "(select set_config('app.token', 'x', true)) is not null",
    "(select set_config('app.token', '', true)) is not null",
    "set_config('app.token', 'v1.1.user', true) is not null",
    "(select set_config('request.jwt.claims', '{bad', true)) is not null",
    "(select set_config('role', 'todo_auth', true)) is not null",
    "(select count(*) from set_config('app.token', '', true)) > 0",
    "set_config('app.token', repeat('.', 7), true) <> ''",
)


class Conditions:
    """Draws conditions on rows of a table under an alias."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def where(self, table: Table, alias: str) -> str:
        """Draw one to four conditions, joined."""
        count = self._chance.choice((1, 1, 2, 2, 3, 4))
        words = [self.one(table, alias) for _ in range(count)]
        if self._chance.random() < 0.2:
            words.insert(self._chance.randrange(count + 1), self.spoiler())
        if len(words) > 1 and self._chance.random() < 0.2:
            return "(" + " or ".join(words) + ")"
        return " and ".join(words)

    def spoiler(self) -> str:
        """Draw one that changes the identity."""
        return self._chance.choice(SPOILERS)

    def one(self, table: Table, alias: str) -> str:
        """Draw a single condition."""
        draw = self._chance.choices(
            (
                self.cheap,
                self.free,
                self.nested,
                self.arms,
                self.late,
                self.raising,
                self.dear,
            ),
            (34, 18, 18, 4, 11, 9, 6),
        )[0]
        return draw(table, alias)

    def cheap(self, table: Table, alias: str) -> str:
        """A comparison that is leakproof, at full or half cost."""
        column = self._chance.choice(table.columns)
        name, one = f"{alias}.{column.name}", column.value(self._chance)
        sign = self._chance.choice(COMPARISONS)
        if column.type == "bool":
            return f"{name} = {one}"
        shape = self._chance.randrange(6)
        if shape <= 1:
            return f"{name} {sign} {one}"
        if shape <= 3:
            word = self._chance.choice(("any", "any", "all"))
            return f"{name} {sign} {word} ({array(column, [one])})"
        if shape == 4:
            return f"{name} in ({one}, {column.value(self._chance)})"
        return f"{name} between {one} and {column.value(self._chance)}"

    def free(self, table: Table, alias: str) -> str:
        """A test that costs nothing at all to the planner."""
        booleans = table.of_type("bool")
        if booleans and self._chance.random() < 0.5:
            name = f"{alias}.{self._chance.choice(booleans).name}"
            return self._chance.choice((name, f"not {name}", f"{name} is true"))
        name = f"{alias}.{self._chance.choice(table.columns).name}"
        return name + self._chance.choice((" is null", " is not null"))

    def nested(self, table: Table, alias: str) -> str:
        """One condition that asks for the next only if it holds."""
        first, second = self.free(table, alias), self.cheap(table, alias)
        if self._chance.random() < 0.5:
            first = self.cheap(table, alias)
        texts = [column for column in table.columns if column.type == "text"]
        if texts:
            # The longest one, whose values lie out of line: comparing reads more pages.
            long = [column for column in texts if column.name == "description"]
            column = self._chance.choice(long * 4 + texts)
            second = f"{alias}.{column.name} >= any ('{{x}}')"
        return self._chance.choice(
            (
                f"case when {first} then {second} end",
                f"({first} and {second})",
                f"not ({first} or {second})",
                f"({first}) is true and {second}",
            )
        )

    def arms(self, table: Table, alias: str) -> str:
        """Two ways that name a stranger each: an index may be read for both."""
        owner = next(c for c in table.columns if c.name == table.owner)
        arms = (
            f"({alias}.{owner.name} = {owner.value(self._chance)}"
            f" and {self.cheap(table, alias)})"
            for _ in range(2)
        )
        return f"({' or '.join(arms)})"

    def late(self, table: Table, alias: str, asked: str = "") -> str:
        """A sub-query that is run when the first row asks for it, and is then noticed.

        It reads nothing of the row, so that it does not spoil what is leakproof.
        """
        asked = asked or self.aimed(table, alias)
        noticed = self._chance.choice(
            (
                "(select 1 / (random() * 0)::integer = 1)",
                "(select set_config('app.token', 'x', true) = '')",
                "(select count(*) > 1 from app.tags)",
            )
        )
        return self._chance.choice(
            (f"(not ({asked}) or {noticed})", f"case when {asked} then {noticed} end")
        )

    def aimed(self, table: Table, alias: str) -> str:
        """What holds for a few rows of a stranger's, in one of the databases."""
        column = self._chance.choice(table.columns)
        one = self._chance.choice(column.theirs or ("null",))
        sign = f"{alias}.{column.name} = "
        return sign + self._chance.choice((one, f"any ({array(column, [one])})"))

    def raising(self, table: Table, alias: str) -> str:
        """One that raises for some rows: never to be asked of a stranger's."""
        cheap = self.cheap(table, alias)
        texts = table.of_type("text") or list(table.columns)
        name = f"{alias}.{self._chance.choice(texts).name}"
        return self._chance.choice(
            (
                f"1 / (case when {cheap} then 0 else 1 end) = 1",
                f"{name}::text::integer > 0",
                f"{name}::text::date > '2026-01-01'",
                f"({cheap}) = ({name}::text::boolean)",
            )
        )

    def dear(self, table: Table, alias: str) -> str:
        """One that is not leakproof, or costs more than a policy."""
        column = self._chance.choice(table.columns)
        name = f"{alias}.{column.name}"
        return self._chance.choice(
            (
                f"{name}::text like '%a%'",
                f"length({name}::text) > 10",
                f"lower({name}::text) >= {column.value(self._chance)}",
                f"{name} is distinct from {column.value(self._chance)}",
                f"{name} = any ({array(column, [column.value(self._chance)] * 25)})",
                f"hashtext({name}::text) % 2 = 0",
                f"random() >= 0 and {name} is not null",
            )
        )


def array(column: Column, values: list[str]) -> str:
    """Spell an array literal of a column's type."""
    inner = ",".join('"' + value.strip("'") + '"' for value in values)
    return f"'{{{inner}}}'"
