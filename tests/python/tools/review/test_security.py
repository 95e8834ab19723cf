"""What a statement opens or closes, by the facts before and after it."""

from __future__ import annotations

import psycopg
import pytest

from tools.catalog import facts
from tools.review.security import counts, items

FUNCTION = "create function s.f() returns integer language sql {} as 'select 1'"
START = """
create policy things_select on s.things for select
using (amount = 1 and done_at is null);
alter table s.things enable row level security;
alter table s.things force row level security;
create view s.v with (security_invoker = true) as select 1 as one;
create function s.d() returns integer language sql security definer
set search_path = pg_catalog, pg_temp as 'select 1';
revoke all on function s.d() from public;
"""


@pytest.mark.parametrize(
    ("sql", "keys"),
    [
        ("drop policy things_select on s.things", {"policy-removed"}),
        ("alter policy things_select on s.things using (amount = 1)",
         {"policy-loosened"}),
        ("alter table s.things no force row level security", {"force-removed"}),
        ("alter table s.things disable row level security", {"rls-disabled"}),
        ("alter table s.people enable row level security, force row level security",
         {"rls-on"}),
        ("grant select on s.things to public", {"grant-to-public"}),
        ("grant update (name) on s.things to pg_monitor", {"grant-added"}),
        ("grant select on s.things to pg_monitor with grant option", {"grant-option"}),
        ("create table s.fresh (id int)", set()),
        ("create table s.fresh (id int); grant select on s.fresh to pg_monitor",
         {"rls-missing", "grant-added"}),
        ("create table s.fresh (id int); grant select (id) on s.fresh to pg_monitor",
         {"rls-missing", "grant-added"}),
        (FUNCTION.format("security definer"),
         {"definer-search-path", "grant-to-public"}),
        (FUNCTION.format("security definer set search_path = pg_catalog"),
         {"definer-added", "grant-to-public"}),
        ("alter function s.d() reset search_path", {"definer-search-path"}),
        ("alter function s.d() set search_path = s", {"definer-search-path"}),
        ("alter table s.things owner to pg_monitor", {"owner-changed"}),
        ("alter table s.things add column extra text", set()),
        ("alter default privileges in schema s grant select on tables to pg_monitor",
         {"default-privileges"}),
        ("alter table s.things disable trigger all", {"enforcement-changed"}),
    ],
)  # fmt: skip
def test_statement(url: str, sql: str, keys: set[str]) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(START)
        before = facts(connection)
        with connection.transaction(force_rollback=True):
            connection.execute(sql.encode())
            found = items(before, facts(connection))
    assert {item.key for item in found} == keys


def test_roles_and_their_powers(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        before = facts(connection)
        with connection.transaction(force_rollback=True):
            connection.execute(
                "create role todo_strong superuser login;"
                "create role todo_weak; grant todo_weak to todo_strong"
            )
            found = items(before, facts(connection))
    keys = {item.key for item in found}
    assert {"role-power", "role-login", "membership-added"} <= keys


def test_counts() -> None:
    before = {"table s.t: owner": "o"}
    after = before | {"table s.t: grant to a": "SELECT", "table s.t: grant to b": "ALL"}
    assert counts(items(before, after)) == {"grant added": 2}
