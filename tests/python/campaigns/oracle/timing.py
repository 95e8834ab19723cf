"""How well a statement's time tells a condition that holds for a stranger's row.

A condition that the planner puts before the policy is asked of every row; with many
more behind it, the statement is slower if it holds. A visit differs by microseconds, so
the table is read many times, by way of UNION ALL and at the least of all prices.
"""

from __future__ import annotations

import time
from typing import Final

import psycopg

from tests.python.security.people import ALICE, BOB, become

# One visit reads the whole table; the rest of the plan is to cost little.
_OFF: Final = "; ".join(
    f"set local {setting} = off"
    for setting in (
        "enable_indexscan enable_indexonlyscan enable_bitmapscan"
        " enable_hashjoin enable_mergejoin enable_material enable_memoize jit"
    ).split()
)
_SETTINGS: Final = f"{_OFF}; set local cpu_operator_cost = '0x1p-1074'"
_VISITS: Final = 20
# Each costs the planner half a comparison, less than the policy's own.
_MORE: Final = " and ".join(f"t.title >= any ('{{\" {n}\"}}')" for n in range(100))


def area(url: str, pairs: int) -> float:
    """Tell how often the statement is slower when Bob has what it asks for.

    Args:
        url: the app's login.
        pairs: samples of each kind, taken in turns.

    Returns:
        The area under the curve: 0.5 if time tells nothing, 1 if it always tells.
    """
    both = (str(BOB), str(BOB).replace("0", "1"))
    with psycopg.connect(url, autocommit=True) as connection:
        for value in both:  # plans and catalogue are warm
            _seconds(connection, value)
        found = [_seconds(connection, v) for _ in range(pairs) for v in both]
    hits, misses = found[::2], found[1::2]
    slower = sum((h > m) + (h == m) / 2 for h in hits for m in misses)
    return slower / (len(hits) * len(misses))


def _seconds(connection: psycopg.Connection, value: str) -> float:
    text = (
        f"select count(*) from generate_series(1, {_VISITS}) as v cross join lateral"
        " (select v from (select * from app.tasks union all select * from app.tasks)"
        f" as t where t.user_id = any ('{{{value}}}') and {_MORE} offset 0) as w"
    )
    with connection.transaction(force_rollback=True):
        become(connection, ALICE)
        connection.execute(_SETTINGS.encode())
        start = time.perf_counter()
        connection.execute(text.encode())
        return time.perf_counter() - start
