"""Facts: complete, and the same for everybody, however the database came about."""

from __future__ import annotations

import random
import re
import subprocess
from pathlib import Path

import psycopg
import pytest

from tests.python.campaigns.catalog_mutants import campaign
from tests.python.tools.catalog.conftest import DATABASE, fill
from tools import catalog
from tools.catalog import reader
from tools.catalog.pgdump import OTHERS
from tools.console import Failure
from tools.postgres.os_user import environment
from tools.postgres.server import Cluster, throwaway

QUERIES = Path(reader.__file__).parent / "queries"

# Every setting on which the text of an expression depends, set to something unusual.
ODD_SETTINGS = """
set search_path = shop, public;
set quote_all_identifiers = on;
set standard_conforming_strings = off;
set bytea_output = 'escape';
set datestyle = 'German, DMY';
set intervalstyle = 'sql_standard';
set timezone = 'Asia/Kathmandu';
set extra_float_digits = -15;
"""


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_equal_databases_built_in_another_order_have_equal_facts(
    built: Cluster, seed: int
) -> None:
    with throwaway(built.bin, campaign.SERVER) as other:
        fill(other, random.Random(seed))  # noqa: S311 - it must be repeatable
        same = catalog.unlike(
            catalog.state("in order", built.url(DATABASE), built.bin),
            catalog.state("shuffled", other.url(DATABASE), built.bin),
        )
    assert same == []


def test_a_restored_copy_has_equal_facts(built: Cluster) -> None:
    dumped = subprocess.run(
        [built.bin / "pg_dumpall", "--no-tablespaces", "-d", built.url()],
        capture_output=True,
        check=True,
        env=environment(),
    )
    with throwaway(built.bin, campaign.SERVER) as other:
        subprocess.run(
            [built.bin / "psql", "-X", "-q", "-d", other.url()],
            input=dumped.stdout,
            capture_output=True,
            check=True,
            env=environment(),
        )
        same = catalog.unlike(
            catalog.state("original", built.url(DATABASE), built.bin),
            catalog.state("restored", other.url(DATABASE), built.bin),
        )
    assert same == []


def test_facts_do_not_depend_on_the_settings_of_the_session(
    url: str, session: psycopg.Connection
) -> None:
    usual = catalog.facts(url)
    session.execute(ODD_SETTINGS)
    assert catalog.facts(session) == usual
    path = session.execute("show search_path").fetchone()
    assert path == ("shop, public",), "the settings of the session are given back"


def test_facts_do_not_depend_on_the_privileges_of_the_reader(
    url: str, session: psycopg.Connection
) -> None:
    session.execute("set session authorization todo_login")
    assert catalog.facts(session) == catalog.facts(url)


def test_facts_are_sorted_and_one_query_gives_them(
    url: str, session: psycopg.Connection
) -> None:
    found = catalog.facts(url)
    assert list(found) == sorted(found)
    session.execute(reader.settings())
    rows = session.execute(reader.query()).fetchall()
    assert dict(rows) == found
    assert len(rows) == len(found)


def test_facts_can_be_narrowed_to_schemas(url: str) -> None:
    narrow = catalog.facts(url, schemas=["shop_private", 'a "strange", one'])
    assert "table shop_private.secrets: owner" in narrow
    assert not [key for key in narrow if re.match(r"(table|type|function) shop\.", key)]
    assert catalog.facts(url, schemas=[]).keys() < narrow.keys()


def test_facts_can_be_narrowed_to_kinds(url: str) -> None:
    everything = catalog.facts(url)
    by_kind = [catalog.facts(url, kinds=[kind]) for kind in catalog.KINDS]
    assert all(by_kind), "each kind has a fact in the fixture"
    assert sum(map(len, by_kind)) == len(everything)
    assert {key: value for part in by_kind for key, value in part.items()} == everything
    with pytest.raises(ValueError, match="no kinds of facts: colours"):
        catalog.facts(url, kinds=["colours"])


def test_bookkeeping_and_tests_of_the_database_are_no_facts(
    url: str, session: psycopg.Connection
) -> None:
    usual = catalog.facts(url)
    for schema in OTHERS:
        session.execute(f"create schema {schema}".encode())
        session.execute(f"create table {schema}.t (a int)".encode())
        session.execute(f"create function {schema}.f() returns int return 1")
    session.execute("create temporary table t (a int)")
    assert catalog.facts(session) == usual


def test_the_login_that_migrates_has_one_name(
    session: psycopg.Connection,
) -> None:
    session.execute("create role deployer createrole; create role passer_by")
    session.execute("create schema todo_migrations authorization deployer")
    session.execute("alter table shop.vehicles owner to deployer")
    session.execute("alter table shop.drafts owner to passer_by")
    found = catalog.facts(session)
    assert found["table shop.vehicles: owner"] == "(migrator)"
    assert found["table shop.drafts: owner"] == "passer_by"
    assert found["table shop.orders: owner"] == "todo_owner"


def test_names_of_every_kind_are_quoted_and_kept_apart(
    session: psycopg.Connection,
) -> None:
    session.execute('create table shop."Ünï: codé" ("a: b" int, "select" int)')
    session.execute('create table shop."Ünï" (" codé" int)')
    found = catalog.facts(session)
    assert found['table shop."Ünï: codé": column "a: b": type'] == "integer"
    assert found['table shop."Ünï: codé": order of columns'] == '"a: b", "select"'


def test_a_fact_keeps_its_value_whole(url: str) -> None:
    found = catalog.facts(url)
    assert found["function shop.touch(): body"].splitlines() == [
        "",
        "begin",
        "    new.updated_at := now();",
        "    return new;",
        "end",
    ]
    assert found["table shop.customers: row level security"] == "enabled and forced"


def test_fingerprint_is_of_the_facts_and_not_of_their_order() -> None:
    facts = {"a": "1", "b": "2"}
    assert catalog.fingerprint(facts) == catalog.fingerprint({"b": "2", "a": "1"})
    others: list[dict[str, str]] = [
        {"a": "1"},
        {"a": "1b", "": "2"},
        {"a": "2", "b": "1"},
    ]
    assert catalog.fingerprint(facts) not in [catalog.fingerprint(o) for o in others]


def test_a_server_out_of_reach_is_named_without_its_password() -> None:
    url = "postgresql://someone:geheim@/x?host=/nowhere&port=1"
    with pytest.raises(Failure) as caught:
        catalog.facts(url)
    said = f"{caught.value.what} {caught.value.where} {caught.value.next}"
    assert "/nowhere" in said
    assert "geheim" not in said


def test_queries_hold_nothing_that_a_driver_takes_for_a_parameter() -> None:
    for path in QUERIES.glob("*.sql"):
        text = path.read_text(encoding="utf-8")
        assert "%" not in text, path.name
        assert not re.search(r"(?<!:):\w", text), path.name


def test_every_column_of_the_catalogue_is_read_or_left_out_for_a_reason(
    session: psycopg.Connection,
) -> None:
    rows = session.execute(
        """
        select c.relname, a.attname
        from pg_catalog.pg_class as c
        inner join pg_catalog.pg_attribute as a on a.attrelid = c.oid
        where c.relnamespace = 'pg_catalog'::regnamespace and c.relkind = 'r'
        and a.attnum > 0 and not a.attisdropped
        """
    ).fetchall()
    words = set(re.findall(r"\w+", re.sub(r"--.*", "", reader.query())))
    unread = {f"{t}.{c}" for t, c in rows if t not in words or c not in words}
    excused = _excused({f"{table}.{column}" for table, column in rows})
    assert unread - excused == set(), "neither read nor excused"
    assert excused - unread == set(), "excused, and read after all"


def _excused(columns: set[str]) -> set[str]:
    """Give those of *columns* that unread_columns.txt names."""
    text = Path(__file__).with_name("unread_columns.txt").read_text(encoding="utf-8")
    named = set(re.sub(r"^#.*", "", text, flags=re.MULTILINE).split())
    return {
        column
        for column in columns
        if column in named or f"{column.partition('.')[0]}.*" in named
    }
