"""Draws whole statements as Alice could write them, from a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

from tests.python.campaigns.oracle.conditions import Conditions
from tests.python.campaigns.oracle.sources import Source, Sources
from tests.python.campaigns.oracle.vocabulary import Column, Table, Vocabulary
from tests.python.campaigns.oracle.writing import Writing

# The least price: half of it, for `= any`, is nothing at all.
_LEAST: Final = "cpu_operator_cost = '0x1p-1074'"
# What the planner is told before. Without these, most plans would be index scans.
_SWITCHES: Final = (
    *(
        f"enable_{way} = off"
        for way in (
            "seqscan indexscan indexonlyscan bitmapscan tidscan hashjoin mergejoin"
            " nestloop hashagg sort material memoize incremental_sort gathermerge"
        ).split()
    ),
    "join_collapse_limit = 1",
    "from_collapse_limit = 1",
    "geqo_threshold = 2",
    "cpu_operator_cost = 0",
    _LEAST,
    "cpu_operator_cost = 100",
    "cpu_tuple_cost = 100",
    "random_page_cost = 0",
    "work_mem = '64kB'",
    "row_security = on",
    "constraint_exclusion = on",
    "plan_cache_mode = force_generic_plan",
    "plan_cache_mode = force_custom_plan",
)
_TO_THE_ROWS: Final = (
    "enable_indexscan = off",
    "enable_indexonlyscan = off",
    "enable_bitmapscan = off",
)
_PARALLEL: Final = (
    "parallel_setup_cost = 0",
    "parallel_tuple_cost = 0",
    "min_parallel_table_scan_size = 0",
    "min_parallel_index_scan_size = 0",
    "max_parallel_workers_per_gather = 2",
)
_AGGREGATES: Final = ("count(*)", "min({})", "max({})", "count(distinct {})")


@dataclass(frozen=True)
class Statement:
    """One thing that Alice does.

    Attributes:
        settings: the planner switches before it.
        text: what is run; several statements are parted by semicolons.
        explained: the one of them that EXPLAIN can take, if there is one.
        parallel: whether workers take part, so that buffers depend on who is faster.
    """

    settings: tuple[str, ...]
    text: str
    explained: str | None
    parallel: bool = False


class Grammar:
    """An endless row of statements; the same for the same seed and vocabulary."""

    def __init__(self, seed: int, words: Vocabulary) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - no secret
        self._words = words
        self._conditions = Conditions(self._chance)
        self._sources = Sources(self._chance, words, self._conditions)
        self._writing = Writing(self._chance, self._conditions, self._sources)

    def draw(self) -> Statement:
        """Draw the next statement."""
        settings, parallel = self._settings()
        shapes = (
            (self._read, 42),
            (self._write, 24),
            (self._common_table, 10),
            (self._cursor, 6),
            (self._prepared, 8),
            (self._block, 7),
            (self._call, 3),
            (self._aimed, 10),
            (self._appended, 10),
        )
        draw = self._chance.choices(*zip(*shapes, strict=True))[0]
        text, explained = draw()
        if draw in (self._aimed, self._appended):
            settings, parallel = _TO_THE_ROWS, False
            if self._chance.random() < 0.5:
                settings = (*_TO_THE_ROWS, _LEAST)
        return Statement(settings, text, explained, parallel)

    def _settings(self) -> tuple[tuple[str, ...], bool]:
        chosen = set[str]()
        if self._chance.random() < 0.5:
            chosen.update(_TO_THE_ROWS)
        if self._chance.random() < 0.4:
            chosen.update(self._chance.sample(_SWITCHES, self._chance.choice((1, 2))))
        draw = self._chance.random()
        if draw < 0.06:
            return (*sorted(chosen), *_PARALLEL), True
        if draw < 0.1:
            return (*sorted(chosen), "{debug_parallel}"), True
        return tuple(sorted(chosen)), False

    def _read(self) -> tuple[str, str]:
        query = self.query()
        draw = self._chance.random()
        if draw < 0.12:
            word = self._chance.choice(("union", "union all", "intersect", "except"))
            query = f"({self._one_column()}) {word} ({self._one_column()})"
        elif draw < 0.22:
            query = f"select exists ({query})"
        elif draw < 0.3:
            query = f"select (select count(*) from ({query}) as q) as n"
        return query, query

    def _aimed(self) -> tuple[str, str]:
        """What an attacker would write: one row of a stranger's, and a trap."""
        table = self._sources.table()
        asked = self._conditions.aimed(table, "a")
        late = self._conditions.late(table, "a", asked)
        where = self._chance.choice(
            (
                late,
                late,
                f"{asked} and {self._conditions.spoiler()}",
                f"{asked} and {self._conditions.nested(table, 'a')}",
                f"{asked} and {self._conditions.raising(table, 'a')}",
            )
        )
        text = f"select 1 from {self._sources.scanned(table, 'a')} where {where}"
        return text, text

    def _appended(self) -> tuple[str, str]:
        """The same of UNION ALL, with what costs nothing in front."""
        table = self._sources.table()
        asked = self._chance.choice(
            (
                self._conditions.aimed(table, "a"),
                self._conditions.free(table, "a"),
            )
        )
        where = self._chance.choice(
            (
                self._conditions.late(table, "a", asked),
                self._conditions.late(table, "a", asked),
                f"{asked} and {self._conditions.spoiler()}",
                f"{asked} and {self._conditions.nested(table, 'a')}",
                f"{asked} and {self._conditions.raising(table, 'a')}",
            )
        )
        text = f"select 1 from ({self._sources.appended(table)}) as a where {where}"
        return text, text

    def query(self) -> str:
        """Draw a SELECT from one source."""
        source = self._sources.draw()
        alias, table = self._chance.choice(source.tables)
        where = self._where(source)
        draw = self._chance.random()
        name = f"{alias}.{self._chance.choice(table.columns).name}"
        if draw < 0.3:
            what = self._chance.choice(_AGGREGATES[:1] * 3 + _AGGREGATES[3:]).format(
                name
            )
            return f"select {what} from {source.text} where {where}"
        if draw < 0.45:
            return (
                f"select {name}, count(*) from {source.text} where {where}"
                " group by 1 having count(*) > 0"
            )
        if draw < 0.55:
            over = f"partition by {name} order by {alias}.{table.owner}"
            return f"select row_number() over ({over}) from {source.text} where {where}"
        end = self._chance.choice(("", "", " limit 3", f" order by {name} limit 5"))
        whole = not table.hidden and "union all" not in source.text
        if whole and draw < 0.65 and "join" not in source.text:
            lock = self._chance.choice(("for update", "for share skip locked"))
            end = f" {lock} of {alias}"
        names = self._chance.choice(("1", name, table.all(alias), f"{alias}.*"))
        return f"select {names} from {source.text} where {where}{end}"

    def _one_column(self) -> str:
        source = self._sources.draw()
        alias, table = source.tables[0]
        name = self._chance.choice(table.columns).name
        where = self._where(source)
        return f"select {alias}.{name}::text from {source.text} where {where}"

    def _where(self, source: Source) -> str:
        words = [self._conditions.where(t, alias) for alias, t in source.tables]
        self._chance.shuffle(words)
        if self._chance.random() < 0.3:
            words.insert(0, self._sub_query(*self._chance.choice(source.tables)))
        return " and ".join(words[: self._chance.choice((1, 2, 3))])

    def _sub_query(self, alias: str, table: Table) -> str:
        inner = self._sources.table()
        where = self._conditions.where(inner, "s")
        scan = self._sources.scanned(inner, "s")
        owner, theirs = f"{alias}.{table.owner}", f"s.{inner.owner}"
        return self._chance.choice(
            (
                f"exists (select 1 from {scan} where {theirs} = {owner} and {where})",
                f"not exists (select 1 from {scan} where {where})",
                f"{owner} in (select {theirs} from {scan} where {where})",
                f"(select count(*) from {scan} where {where}) > 0",
                f"{owner} = any (array(select {theirs} from {scan} where {where}))",
            )
        )

    def _write(self) -> tuple[str, str]:
        text = self._writing.draw()
        return text, text

    def _common_table(self) -> tuple[str, str]:
        """A spoiler or a write in front, the reading behind it."""
        how = self._chance.choice(("materialized", "not materialized"))
        front = self._chance.choice(
            (
                f"w as {how} (select set_config('app.token', 'x', true) as x)",
                f"w as {how} ({self.query()})",
                f"w as ({self._writing.draw(returning=True)})",
            )
        )
        source = self._sources.draw()
        joined = self._chance.choice(
            (f"{source.text} cross join w", f"w cross join {source.text}")
        )
        if " lateral " in source.text or self._chance.random() < 0.3:
            joined = source.text
        text = f"with {front} select count(*) from {joined} where {self._where(source)}"
        return text, text

    def _cursor(self) -> tuple[str, str]:
        query = self.query()
        kind = self._chance.choice(("", " no scroll"))
        spoil = self._chance.choice(
            (
                "",
                "select set_config('app.token', 'x', true); ",
                "set local role todo_auth; ",
            )
        )
        return (
            f"declare c{kind} cursor for {query}; fetch 1 from c; {spoil}"
            "fetch 2 from c; move 1 in c; fetch all from c; close c",
            query,
        )

    def _prepared(self) -> tuple[str, str]:
        table = self._sources.table()
        column = self._chance.choice(table.columns)
        one, other = column.value(self._chance), column.value(self._chance)
        sign = self._chance.choice(("=", "<", ">="))
        where = self._conditions.where(table, "a")
        scan = self._sources.scanned(table, "a")
        runs = "; ".join(f"execute q ({value})" for value in (one, other, one))
        spoil = self._chance.choice(("", "select set_config('app.token', 'x', true); "))
        prepared = (
            f"prepare q ({column.type}) as select count(*) from {scan}"
            f" where a.{column.name} {sign} $1 and {where}"
        )
        return (
            f"{prepared}; {runs}; {spoil}execute q ({one})",
            f"{prepared}; execute q ({one})",
        )

    def _block(self) -> tuple[str, None]:
        """A loop that asks again and again and tells what it met, errors included."""
        table = self._sources.table()
        column = self._chance.choice(table.columns)
        values = ", ".join(column.value(self._chance) for _ in range(4))
        where = self._conditions.where(table, "a")
        spoil = self._chance.choice(("", "perform set_config('app.token', 'x', true);"))
        scan = self._sources.scanned(table, "a")
        return (
            f"do $do$ declare v {column.type}; n bigint; begin"
            f" foreach v in array array[{values}]::{column.type}[] loop begin {spoil}"
            f" select count(*) into n from {scan}"
            f" where a.{column.name} >= v and {where};"
            " raise notice 'v % %', v, n;"
            " exception when others then raise notice 'e % % %', v, sqlstate, sqlerrm;"
            " end; end loop; end $do$",
            None,
        )

    def _call(self) -> tuple[str, str]:
        name, types = self._chance.choice(self._words.functions)
        arguments = ", ".join(self._argument(type_) for type_ in types)
        text = f"select * from app.{name}({arguments})"
        return text, text

    def _argument(self, type_: str) -> str:
        short = {"smallint": "int2", "integer": "int4"}.get(type_, type_)
        fitting: list[Column] = [
            column
            for table in self._words.tables.values()
            for column in table.of_type(short)
        ]
        value = self._chance.choice(fitting).value(self._chance) if fitting else "null"
        return f"{value}::{type_}"
