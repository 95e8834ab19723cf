"""The schema for Citus is ours but for what it refuses, and isolates all the same."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.python.databases import copied
from tests.python.security.people import ALICE, BOB, become
from tools.bench import citus
from tools.postgres.server import Cluster
from tools.project import TESTS
from tools.verify import lints

# What the derived policies are not any more: the first to be asked, and asked once.
GIVEN_UP = {"policy_not_first", "check_not_wrapped"}


@pytest.fixture(scope="module")
def derived(cluster: Cluster, template: str) -> Iterator[psycopg.Connection]:
    """A database of the derived schema, with Alice and Bob in it."""
    with psycopg.connect(cluster.url(), autocommit=True) as connection:
        connection.execute("create database derived")
    try:
        with psycopg.connect(cluster.url("derived"), autocommit=True) as connection:
            with connection.transaction():
                connection.execute(citus.schema().encode())
            for file in sorted((TESTS / "pgtap" / "fixtures").glob("*.sql")):
                connection.execute(file.read_bytes())
            yield connection
    finally:
        with psycopg.connect(cluster.url(), autocommit=True) as connection:
            connection.execute("drop database derived with (force)")


@pytest.fixture(scope="module")
def ours(cluster: Cluster, template: str) -> Iterator[psycopg.Connection]:
    with copied(cluster, template) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            yield connection


def test_it_keeps_every_rule_but_two(derived: psycopg.Connection) -> None:
    rules = [rule for rule in lints.read() if rule.about == "schema"]
    broken = {rule.key for rule in rules if list(lints.find(derived, [rule]))}
    assert broken == GIVEN_UP


_SAME = {
    "columns": "select attrelid::regclass::text, attname, atttypid::regtype::text,"
    " attnotnull, attgenerated, attacl::text from pg_attribute"
    " where attnum > 0 and attrelid in (select oid from pg_class where relnamespace"
    " in (select oid from pg_namespace where nspname ~ '^app'))",
    "constraints": "select conrelid::regclass::text, conname, pg_get_constraintdef(oid)"
    " from pg_constraint where connamespace::regnamespace::text ~ '^app'",
    "indexes": "select indexdef from pg_indexes where schemaname ~ '^app'",
    "triggers": "select pg_get_triggerdef(oid) from pg_trigger where not tgisinternal",
    "functions": "select oid::regprocedure::text, prosrc, prosecdef, proacl::text,"
    " proowner::regrole::text from pg_proc where pronamespace::regnamespace::text"
    " ~ '^app'",
    "policies": "select tablename, policyname, permissive, roles::text, cmd"
    " from pg_policies",
}


@pytest.mark.parametrize("what", sorted(_SAME))
def test_everything_but_the_text_of_policies_is_the_same(
    derived: psycopg.Connection, ours: psycopg.Connection, what: str
) -> None:
    theirs, mine = (
        set(connection.execute(_SAME[what].encode()).fetchall())
        for connection in (derived, ours)
    )
    assert len(mine) > 5
    assert theirs == mine


def test_no_policy_holds_what_citus_refuses(
    derived: psycopg.Connection, ours: psycopg.Connection
) -> None:
    text = (
        "select count(*) from pg_policies"
        " where coalesce(qual, '') || coalesce(with_check, '') ~ 'SELECT'"
    )
    assert derived.execute(text).fetchone() == (0,)
    assert ours.execute(text).fetchone() != (0,)


def test_every_key_of_what_is_spread_holds_the_space(
    derived: psycopg.Connection,
) -> None:
    keys = derived.execute(
        "select c.conrelid::regclass::text, c.conname, c.contype,"
        " c.confrelid::regclass::text, c.confdeltype,"
        " 'user_id' = any(array(select attname from pg_attribute as a"
        " where a.attrelid = c.conrelid and a.attnum = any(c.conkey)))"
        " from pg_constraint as c where c.contype in ('p', 'u', 'f')"
        " and c.conrelid::regclass::text = any(%s)",
        (list(citus.DISTRIBUTED),),
    ).fetchall()
    assert len(keys) >= 2 * len(citus.DISTRIBUTED)
    known = {*citus.DISTRIBUTED, *citus.EVERYWHERE}
    for table, name, kind, to, deletes, holds in keys:
        assert holds, (table, name)
        if kind == "f":
            assert to in known, (table, name)
            assert deletes in ("a", "c"), (table, name)  # Citus knows no SET NULL
    spread = derived.execute(
        "select r.table_schema || '.' || r.table_name from information_schema.columns"
        " as r inner join pg_class as c on c.oid = (r.table_schema || '.'"
        " || r.table_name)::regclass where r.column_name = 'user_id'"
        " and r.table_schema = 'app_data' and c.relkind = 'r'"
    ).fetchall()
    assert {name for (name,) in spread} == set(citus.DISTRIBUTED)


def test_it_isolates(derived: psycopg.Connection) -> None:
    for me, other in ((ALICE, BOB), (BOB, ALICE)):
        with derived.transaction(force_rollback=True):
            derived.execute("set local session authorization todo_app")
            become(derived, me)
            rows = derived.execute("select distinct user_id from app.tasks").fetchall()
            assert rows == [(me,)]
            changed = derived.execute(
                "update app.tasks set title = 'x' where user_id = %s", (other,)
            )
            assert changed.rowcount == 0
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                derived.execute(
                    "insert into app.tasks (user_id, project_id, title)"
                    " values (%s, %s, 'x')",
                    (other, other),
                )
