"""How well a statement's time tells a condition that holds for a stranger's row.

A condition that the planner puts before the policy is asked of every row; with many
more behind it, the statement is slower if it holds. A visit differs by microseconds, so
the row is visited many times.
"""

from __future__ import annotations

import time
from typing import Final

import psycopg

from tests.python.security.people import ALICE, BOB, become

# One visit finds the row by its place; the rest of the plan is to cost little.
_SETTINGS: Final = "; ".join(
    f"set local {setting} = off"
    for setting in (
        "enable_seqscan enable_indexscan enable_indexonlyscan enable_bitmapscan"
        " enable_hashjoin enable_mergejoin enable_material enable_memoize jit"
    ).split()
)
_VISITS: Final = 1000
# Each costs the planner half a comparison, less than the policy's own.
_MORE: Final = " and ".join(f"t.title >= any ('{{\" {n}\"}}')" for n in range(100))


def area(url: str, superuser: str, pairs: int) -> float:
    """Tell how often the statement is slower when Bob has what it asks for.

    Args:
        url: the app's login.
        superuser: the same database, to look up what Bob has.
        pairs: samples of each kind, taken in turns.

    Returns:
        The area under the curve: 0.5 if time tells nothing, 1 if it always tells.
    """
    place, title = _row_of_bobs(superuser)
    with psycopg.connect(url, autocommit=True) as connection:
        for value in (title, "x"):  # plans and catalogue are warm
            _seconds(connection, place, value)
        found = [
            _seconds(connection, place, v) for _ in range(pairs) for v in (title, "x")
        ]
    hits, misses = found[::2], found[1::2]
    slower = sum((h > m) + (h == m) / 2 for h in hits for m in misses)
    return slower / (len(hits) * len(misses))


def _row_of_bobs(superuser: str) -> tuple[str, str]:
    with psycopg.connect(superuser) as connection:
        row = connection.execute(
            "select ctid::text, title from app.tasks where user_id = %s limit 1", (BOB,)
        ).fetchone()
    assert row is not None
    return row[0], row[1]


def _seconds(connection: psycopg.Connection, place: str, value: str) -> float:
    text = (
        f"select count(*) from (select '{place}'::tid as place"
        f" from generate_series(1, {_VISITS}) offset 0) as v"
        " inner join app.tasks as t on t.ctid = v.place"
        f" and t.title >= any ('{{{value}}}') and {_MORE}"
    )
    with connection.transaction(force_rollback=True):
        become(connection, ALICE)
        connection.execute(_SETTINGS.encode())
        start = time.perf_counter()
        connection.execute(text.encode())
        return time.perf_counter() - start
