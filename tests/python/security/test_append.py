"""A condition upon UNION ALL is not asked of a stranger's row, whatever it costs.

PostgreSQL makes one append of `select … from a table union all …` where no branch has a
WHERE of its own, hands the statement's conditions down to each table and puts the
policy's behind them (`apply_child_basequals`). Of conditions that cost the planner
nothing the first stays first: `completed`, IS NULL, and with the least of all prices
for an operator (0x1p-1074, whose half is 0) any leakproof comparison of words.
"""

from __future__ import annotations

import psycopg
import pytest

from tests.python.databases import as_app
from tests.python.security.people import ALICE, BOB, become

SECRET = "my PIN is 4711"
# What no row of Alice's answers, and one of Bob's does.
TELLING = {
    "a boolean": ("tasks", "completed"),
    "a null": ("tasks", "due_date is not null"),
    "a word": ("tasks", f"title = any('{{\"{SECRET}\"}}')"),
    "a project": ("projects", "is_favourite"),
}
SWITCHES = (
    "set local enable_indexscan = off",
    "set local enable_bitmapscan = off",
    "set local enable_indexonlyscan = off",
    "set local cpu_operator_cost = '0x1p-1074'",
)
# Spoils the statement as soon as it is evaluated, which is not before it is needed.
SPOILT = "(select 1 / (random() * 0)::integer = 1)"


@pytest.mark.parametrize("name", sorted(TELLING))
def test_no_condition_upon_union_all_meets_bobs_rows(database: str, name: str) -> None:
    table, condition = TELLING[name]
    both = f"(select * from app.{table} union all select * from app.{table}) as t"
    with psycopg.connect(as_app(database), autocommit=True) as connection:
        with connection.transaction():
            become(connection, BOB)
            connection.execute(
                "update app.tasks set title = %s, due_date = '2030-01-01',"
                " status = 'done' where title = 'Child'",
                (SECRET,),
            )
            connection.execute("update app.projects set is_favourite = true")
        with connection.transaction():
            become(connection, ALICE)
            for switch in SWITCHES:
                connection.execute(switch.encode())
            own = connection.execute(
                f"select count(*) from app.{table} where {condition}".encode()
            ).fetchone()
            assert own == (0,), "only Bob has what is asked for"
            connection.execute(
                f"select 1 from {both} where not ({condition}) or {SPOILT}".encode()
            )
