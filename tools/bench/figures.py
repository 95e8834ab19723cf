"""Figures behind the decisions: `python -m tools.bench identity|token`.

Each compares alternatives on one throw-away server, in interleaved rounds, and prints
medians and ratios. Absolute times are this machine's; the ratios are the finding.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from rich.table import Table

from tools import migrate
from tools.console import Failure, out
from tools.credentials import add_key
from tools.postgres import databases
from tools.postgres.server import throwaway

ME: Final = "a0000000-0000-7000-8000-000000000000"
_ROUNDS: Final = 15


def main(argv: Sequence[str]) -> int:
    """Run the named figures, or all."""
    unknown = set(argv) - set(FIGURES)
    if unknown:
        raise Failure(
            f"there is no figure {', '.join(sorted(unknown))}",
            next=f"python -m tools.bench {' '.join(FIGURES)}",
            status=2,
        )
    for name in argv or list(FIGURES):
        with database() as connection:
            out.print(FIGURES[name](connection))
    return 0


@contextmanager
def database() -> Iterator[psycopg.Connection]:
    """Give a superuser's connection to a migrated database of 20,000 users."""
    with throwaway() as cluster:
        databases.create(cluster.url(), "bench")
        migrate.apply(cluster.url("bench"))
        with psycopg.connect(cluster.url("bench"), autocommit=True) as connection:
            add_key(connection)
            connection.execute(_FILL)
            connection.execute("vacuum analyze")
            yield connection


def identity(connection: psycopg.Connection) -> Table:
    """How a policy names the user: what the planner makes of it."""
    text = "select id, title from app.tasks where {} deleted_at is null"
    text += " order by due_date, id limit 50"
    bare = "user_id = app.current_user_id()"
    wrapped = "user_id = (select app.current_user_id())"
    mask = "(select app.current_space_mask())[space_number] is not null"
    whole = f"{mask} and {bare} and {wrapped}"
    mine = text.format(f"user_id = '{ME}' and")
    cases = {
        "(select …) alone": (wrapped, text.format("")),
        "bare alone": (bare, text.format("")),
        "bare alone, and the predicate in the query": (bare, mine),
        "both": (f"{bare} and {wrapped}", text.format("")),
        "the mask and both, as it is": (whole, text.format("")),
        "as it is, and the predicate in the query": (whole, mine),
    }
    connection.execute(
        "create index on app_data.tasks (user_id, due_date, id)"
        " where deleted_at is null"
    )
    times: dict[str, list[float]] = {name: [] for name in cases}
    buffers: dict[str, int] = {}
    for _ in range(_ROUNDS):
        for name, (policy, query) in cases.items():
            connection.execute(
                f"alter policy tasks_select_user on app_data.tasks"
                f" using ({policy})".encode()
            )
            with connection.transaction():
                _become(connection)
                plan = _explain(connection, query)
            times[name].append(plan["Execution Time"] + plan["Planning Time"])
            buffers[name] = plan["Plan"]["Shared Hit Blocks"]
    table = _table(
        "First page of 14,000 tasks among 220,000", "ms, planning included", "buffers"
    )
    for name in cases:
        _row(table, times, name, f"{buffers[name]:,}")
    return table


def token(connection: psycopg.Connection) -> Table:
    """What it costs to verify a token, beside reading a plain setting."""
    loop = "do $$ begin for i in 1..2000 loop perform {}; end loop; end $$"
    cases = {
        "current_setting('app.user_id')": "current_setting('app.user_id', true)::uuid",
        "app.current_user_id()": "app.current_user_id()",
    }
    times: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(_ROUNDS):
        for name, call in cases.items():
            with connection.transaction():
                _become(connection)
                start = time.perf_counter()
                connection.execute(loop.format(call).encode())
                times[name].append((time.perf_counter() - start) / 2000 * 1000)
    table = _table("Who is asking, once", "ms", "")
    for name in cases:
        _row(table, times, name, "")
    return table


FIGURES: Final[dict[str, Callable[[psycopg.Connection], Table]]] = {
    "identity": identity,
    "token": token,
}


def _become(connection: psycopg.Connection) -> None:
    """Take the role and show a token, signed by the database's own key."""
    row = connection.execute(_SIGN, {"me": ME}).fetchone()
    assert row is not None  # noqa: S101 - one row always
    connection.execute(
        "select set_config('role', 'todo_user', true),"
        " set_config('app.token', %s, true), set_config('app.user_id', %s, true)",
        (row[0], ME),
    )


def _explain(connection: psycopg.Connection, query: str) -> dict[str, Any]:
    text = f"explain (analyze, buffers, format json) {query}"
    row = connection.execute(text.encode()).fetchone()
    assert row is not None  # noqa: S101 - one row always
    found = json.loads(row[0]) if isinstance(row[0], str) else row[0]
    plan: dict[str, Any] = found[0]
    return plan


def _table(title: str, *columns: str) -> Table:
    table = Table("", *columns, "ratio", title=title, title_justify="left")
    for column in table.columns[1:]:
        column.justify = "right"
    return table


def _row(table: Table, times: dict[str, list[float]], name: str, *more: str) -> None:
    """Add the median of *name* and its ratio to the first row's."""
    median = statistics.median(times[name])
    first = statistics.median(next(iter(times.values())))
    table.add_row(name, f"{median:.3f}", *more, f"{median / first:.2f}")


_SIGN: Final = """
select b.body || '.' || encode(
    sha256(k.outer_pad || sha256(k.inner_pad || convert_to(b.body, 'UTF8'))), 'hex'
)
from app_private.signing_keys as k
cross join lateral (
    select concat_ws(
        '.', 'v1', k.key_id, 'user', %(me)s::text, %(me)s::text,
        floor(extract(epoch from now()))::bigint - 60,
        floor(extract(epoch from now()))::bigint + 600
    ) as body
) as b
limit 1
"""

_FILL: Final = f"""
-- No triggers, no reference checks: the rows are made right.
set session_replication_role = replica;
insert into app_data.users (id, email, password_hash)
select
    case when i = 0 then '{ME}'::uuid else gen_random_uuid() end,
    'user' || i || '@example.org',
    '$argon2id$v=19$m=65536,t=3,p=4$' || repeat('A', 22) || '$' || repeat('A', 43)
from generate_series(0, 20000) as i;
insert into app_data.projects (user_id, id, name)
select id, id, 'Inbox' from app_data.users;
insert into app_data.tasks (user_id, project_id, title, due_date)
select u.id, u.id, 'Task ' || i, date '2026-01-01' + (i * 7919) % 700
from app_data.users as u
cross join lateral generate_series(
    1, case when u.id = '{ME}' then 14000 else 10 end
) as i;
reset session_replication_role;
"""
