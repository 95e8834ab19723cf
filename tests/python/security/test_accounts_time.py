"""How long sign-up and log-in take tells nothing of who has an account.

An attacker measures one function for an address in question and for one that certainly
nobody has, by turns, and compares. The measure is the area under the ROC curve: the
probability that a sample of the one takes longer than a sample of the other; one half
is no knowledge. TODO_TEST_SAMPLES is the number of addresses of each kind, 300 if left
out; `make soak` takes 3,000, where the bound is 0.45 to 0.55.
"""

from __future__ import annotations

import math
import os
import random
from collections.abc import Callable, Iterator, Sequence
from operator import sub
from typing import Any, Final

import psycopg
import pytest

from tests.python.databases import as_app, copied
from tests.python.security.callers import (
    HASH,
    OTHER_HASH,
    as_caller,
    first_call,
    new_hash,
    seconds,
    statement,
)
from todo_db import auth
from todo_db.auth import Flow
from tools.postgres.server import Cluster

SAMPLES: Final = int(os.environ.get("TODO_TEST_SAMPLES", "300"))
KINDS: Final = ("known", "unknown", "unverified", "inactive")
FUNCTIONS: Final[dict[str, Callable[[str], Flow[Any]]]] = {
    "sign_up": lambda email: auth.sign_up(
        email=email,
        first_name="Mallory",
        last_name="",
        password_hash=HASH,
        token_hash=new_hash(),
        time_zone="UTC",
    ),
    "request_reset": lambda email: auth.request_reset(email, new_hash()),
    "find_login": auth.find_login,
    "log_in": lambda email: auth.log_in(email, OTHER_HASH, new_hash()),
}
_PEOPLE: Final = """
insert into app_data.users (email, password_hash, is_active, email_verified_at)
select
    rpad(k.kind, 10, '-') || n || '@example.org', %(hash)s, k.kind <> 'inactive',
    case when k.kind <> 'unverified' then now() end
from unnest(%(kinds)s::text[]) as k (kind), generate_series(1, %(samples)s) as n
where k.kind <> 'unknown'
order by n, k.kind
"""


@pytest.fixture(scope="module")
def crowded(cluster: Cluster, template: str) -> Iterator[str]:
    """The superuser's address of a database with many people of each kind.

    The last test of this file spoils it.
    """
    with copied(cluster, template) as url:
        with psycopg.connect(url, autocommit=True) as superuser:
            values = {"hash": HASH, "kinds": list(KINDS), "samples": SAMPLES}
            superuser.execute(_PEOPLE, values)
            superuser.execute("vacuum analyze app_data.users")
        yield url


def address(kind: str, number: int) -> str:
    """Give the address of a person of this kind: all are of one length."""
    return f"{kind:-<10}{number}@example.org"


def areas(
    url: str, function: str, kinds: Sequence[str] = KINDS, tries: int = 2
) -> dict[str, float]:
    """Return how well each kind is told from an unknown address, by its time alone."""
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    with psycopg.connect(as_app(url), autocommit=True) as connection:
        for n in range(-20, SAMPLES):  # the first ones fill the caches
            for kind in random.sample(kinds, len(kinds)):
                flow = FUNCTIONS[function](address(kind, abs(n) + 1))
                if (taken := seconds(connection, flow, tries)) and n >= 0:
                    times[kind].append(taken)
    return {k: area(times[k], times["unknown"]) for k in kinds if k != "unknown"}


def area(ours: list[float], theirs: list[float]) -> float:
    """Return the share of pairs of which the one in *ours* is longer (Mann-Whitney)."""
    ranked = sorted([(t, 1) for t in ours] + [(t, 0) for t in theirs])
    ranks = sum(rank for rank, (_, is_ours) in enumerate(ranked, 1) if is_ours)
    pairs = len(ours) * len(theirs)
    return (ranks - len(ours) * (len(ours) + 1) / 2) / pairs


def bound() -> float:
    """Return how far from one half an area may be: 0.05, or 4.5 standard errors.

    Chance alone goes beyond the latter once in 150,000 comparisons.
    """
    error = math.sqrt((2 * SAMPLES + 1) / (12 * SAMPLES * SAMPLES))
    return max(0.05, 4.5 * error)


_WORK: Final = """
select
    c.oid::regclass::text, pg_stat_get_xact_numscans(c.oid),
    pg_stat_get_xact_blocks_fetched(c.oid), pg_stat_get_xact_tuples_fetched(c.oid),
    pg_stat_get_xact_tuples_inserted(c.oid), pg_stat_get_xact_tuples_updated(c.oid),
    pg_stat_get_xact_tuples_deleted(c.oid)
from pg_class as c
where c.relnamespace in ('app_data'::regnamespace, 'app_auth'::regnamespace)
and c.relkind in ('r', 'i')
order by 1
"""


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_work_is_the_same(crowded: str, function: str) -> None:
    """The same tables and indexes are read and written, as often, page for page."""
    found: dict[str, Any] = {}
    with psycopg.connect(as_app(crowded), autocommit=True) as connection:
        for number in range(1, 10):  # by then the catalogue is read, the plan is kept
            for kind in KINDS:
                call = first_call(FUNCTIONS[function](address(kind, number)))
                text, values = statement(call)
                with connection.transaction(force_rollback=True):
                    as_caller(call)(connection)
                    before = connection.execute(_WORK).fetchall()
                    connection.execute(text.encode(), values)
                    after = connection.execute(_WORK).fetchall()
                found[kind] = {
                    row[0]: tuple(map(sub, row[1:], old[1:]))
                    for row, old in zip(after, before, strict=True)
                    if row != old
                }
    assert found["unknown"]
    assert found == dict.fromkeys(KINDS, found["unknown"])


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_time_tells_nothing(crowded: str, function: str) -> None:
    """What one look tells must be told by two more: a busy machine errs, too."""
    told = set(KINDS)
    for _ in range(3):
        found = areas(crowded, function)
        print(function, {kind: round(share, 3) for kind, share in found.items()})
        told &= {kind for kind, share in found.items() if abs(share - 0.5) > bound()}
        if not told:
            return
    pytest.fail(f"the time tells who is {', '.join(sorted(told))}")


# As it was once: only for those who have an account older links are made void and a new
# one is written down, with a reference to the account.
_LAZY: Final = """
create table app_auth.links (
    id bigint generated always as identity primary key,
    user_id uuid not null references app_data.users (id), token_hash bytea not null,
    created_at timestamptz not null default now(), used_at timestamptz
);
create index on app_auth.links (user_id);
create index on app_auth.links (token_hash);
alter table app_auth.links owner to todo_registrar;
create or replace function app_auth.request_reset(p_email text, p_token_hash bytea)
returns void language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_user_id uuid;
begin
    perform app_private.require_scope('request_reset', p_email);
    select u.id into v_user_id from app_data.users as u
    where lower(u.email) = lower(p_email)
    and u.is_active and u.email_verified_at is not null;
    update app_auth.links set used_at = now()
    where user_id = v_user_id and used_at is null;
    insert into app_auth.links (user_id, token_hash)
    select v_user_id, p_token_hash where v_user_id is not null;
end
$$
"""


def test_a_function_that_does_less_for_nobody_is_found(crowded: str) -> None:
    with psycopg.connect(crowded, autocommit=True) as superuser:
        superuser.execute(_LAZY.encode())
    # Where many share the processors, one look may drown in their noise.
    looks = (
        areas(crowded, "request_reset", ("known", "unknown"), tries=5)["known"]
        for _ in range(3)
    )
    assert any(share - 0.5 > bound() for share in looks)
