"""Which columns' contents can be told from the row estimates of a plain EXPLAIN.

The planner estimates from samples of the whole table: common values, a histogram, the
share of nulls. A column with statistics target 0 has no sample.
"""

from __future__ import annotations

from typing import Final

import psycopg

from tests.python.campaigns.oracle.asking import Asking, asking
from tests.python.campaigns.oracle.statements import Statement
from tests.python.campaigns.oracle.vocabulary import Column, Table, read
from tests.python.campaigns.oracle.worlds import Worlds

# Alice's rows are all that remains behind a condition that is not leakproof; the
# planner estimates it all the same, and these are.
_ASKED: Final = ("{} = {}", "{} < {}", "{} >= {}", "{} is null", "lower({}::text) < {}")


_WITHOUT: Final = """
select c.relname || '.' || a.attname
from pg_class as c
inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0
where c.relnamespace = 'app_data'::regnamespace and c.relkind = 'r'
and a.attstattarget = 0
order by 1
"""


def without_statistics(url: str) -> list[str]:
    """List the columns of which the planner gets no sample."""
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute(_WITHOUT.encode()).fetchall()]


def telling(pair: Worlds) -> dict[str, str]:
    """Give the columns that differ in an estimate, each with a statement that shows it.

    Args:
        pair: two databases with statistics of what is in them.
    """
    found: dict[str, str] = {}
    with pair.fresh() as urls:
        words = read(urls)
        with asking(urls) as both:
            for table in words.tables.values():
                for column in table.columns:
                    shown = _shown(both, table, column)
                    if shown:
                        found[f"{table.name}.{column.name}"] = shown
    return found


def _shown(both: Asking, table: Table, column: Column) -> str | None:
    conditions = dict.fromkeys(
        form.format(column.name, value) for form in _ASKED for value in column.theirs
    )
    for condition in conditions:
        text = f"select 1 from app.{table.name} where {condition}"
        if both.compare(Statement((), text, text), ("explain",)):
            return text
    return None
