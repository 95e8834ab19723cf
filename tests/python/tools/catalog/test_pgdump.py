"""The normalised dump: nothing but the schema, and in an order of its own."""

from __future__ import annotations

import subprocess
from pathlib import Path

import psycopg
import pytest

from tests.python.tools.catalog.conftest import DATABASE
from tools import catalog
from tools.catalog.pgdump import normalised
from tools.console import Failure
from tools.postgres.os_user import environment
from tools.postgres.server import Cluster, throwaway

BODY = """CREATE FUNCTION app.f() RETURNS text
    LANGUAGE plpgsql
    AS $_$
-- a comment that belongs to the function
SET x = 1;
select '/* no comment */ $$ ; ' -- and this one, too
$_$;"""


def test_what_says_nothing_about_the_schema_is_left_out() -> None:
    text = f"""--
-- PostgreSQL database dump
--
SET statement_timeout = 0;
SET default_tablespace = '';
SELECT pg_catalog.set_config('search_path', '', false);

--
-- Name: f(); Type: FUNCTION; Schema: app; Owner: todo_owner
--

{BODY}

/* another */ CREATE TABLE app.t (a text DEFAULT '-- kept'::text);
SET default_table_access_method = heap;
SET default_tablespace = fast;
"""
    assert normalised(text) == (
        f"{BODY}\n\nCREATE TABLE app.t (a text DEFAULT '-- kept'::text);\n\n"
        "SET default_tablespace = fast;\n"
    )


def test_statements_within_a_function_stay_together() -> None:
    text = """CREATE FUNCTION app.g() RETURNS integer
    LANGUAGE sql
    BEGIN ATOMIC
 SELECT 1;
 SELECT CASE WHEN true THEN 2 END;
END;

CREATE SCHEMA x;
"""
    assert normalised(text) == text


def test_grants_do_not_depend_on_the_order_of_granting() -> None:
    first = "GRANT SELECT ON TABLE app.t TO a;"
    second = "GRANT INSERT(x),UPDATE(x) ON TABLE app.t TO b;"
    revoke = "REVOKE ALL ON TABLE app.t FROM todo_owner;"
    other = "GRANT SELECT ON TABLE app.s TO a;"
    text = normalised("\n".join([other, revoke, first, second]))
    assert text == normalised("\n".join([other, revoke, second, first]))
    assert text == f"{other}\n\n{revoke}\n{second}\n{first}\n"


def test_default_privileges_do_not_depend_on_the_order_either() -> None:
    prefix = "ALTER DEFAULT PRIVILEGES FOR ROLE todo_owner IN SCHEMA app "
    first = f"{prefix}GRANT SELECT ON TABLES TO a;"
    second = f"{prefix}GRANT INSERT ON TABLES TO b;"
    assert normalised(f"{first}\n{second}") == normalised(f"{second}\n{first}")


def test_the_roles_of_a_policy_are_sorted() -> None:
    one = (
        "CREATE POLICY p ON app.t FOR SELECT TO {} USING ((x = ' TO b, a USING ('));\n"
    )
    assert normalised(one.format("b, a, c")) == one.format("a, b, c")


def test_the_login_that_migrates_has_one_name() -> None:
    text = (
        "ALTER TABLE app.t OWNER TO {0};\n\n"
        "ALTER DEFAULT PRIVILEGES FOR ROLE {0} REVOKE ALL ON TYPES FROM PUBLIC;\n\n"
        "GRANT SELECT ON TABLE app.t TO {0} WITH GRANT OPTION;\n\n"
        "COMMENT ON TABLE app.t IS 'given TO neon';\n"
    )
    assert normalised(text.format("neon"), ["neon"]) == text.format('"(migrator)"')
    assert normalised(text.format("neon_x"), ["neon"]) == text.format("neon_x")


def test_the_stamp_of_newer_minor_releases_is_left_out(tmp_path: Path) -> None:
    said = (
        "ALTER TABLE ONLY app.t ALTER COLUMN a SET (pg_attver=123);\n"
        "ALTER TABLE ONLY app.t ALTER COLUMN b SET (n_distinct=5, pg_attver=123);\n"
        "ALTER TABLE ONLY app.t ALTER COLUMN c SET (pg_attver=123, n_distinct=5);\n"
    )
    stub = tmp_path / "pg_dump"
    stub.write_text(f"#!/bin/sh\ncat <<'END'\n{said}END\n")
    stub.chmod(0o755)
    with throwaway() as cluster:
        assert catalog.dump(cluster.url(), bin_dir=tmp_path) == (
            "ALTER TABLE ONLY app.t ALTER COLUMN b SET (n_distinct=5);\n\n"
            "ALTER TABLE ONLY app.t ALTER COLUMN c SET (n_distinct=5);\n"
        )


def test_the_dump_restores(built: Cluster, url: str) -> None:
    """What is left out is not missed: the text is still a program."""
    text = catalog.dump(url, bin_dir=built.bin)
    with psycopg.connect(built.url(), autocommit=True) as connection:
        connection.execute("create database copy")
    try:
        subprocess.run(
            [built.bin / "psql", "-Xqv", "ON_ERROR_STOP=1", "-d", built.url("copy")],
            input=text.replace('"(migrator)"', "postgres"),
            check=True,
            capture_output=True,
            text=True,
            env=environment(),
        )
        assert catalog.dump(built.url("copy"), bin_dir=built.bin) == text
    finally:
        with psycopg.connect(built.url(), autocommit=True) as connection:
            connection.execute("drop database copy")


def test_others_schemas_are_no_part_of_it(built: Cluster, url: str) -> None:
    before = catalog.dump(url, bin_dir=built.bin)
    assert "CREATE TABLE shop.customers" in before
    with psycopg.connect(built.url(), autocommit=True) as connection:
        connection.execute(f"create database other template {DATABASE}")
        with psycopg.connect(built.url("other"), autocommit=True) as other:
            other.execute("create schema tap; create extension pg_trgm with schema tap")
            other.execute("comment on extension pg_trgm is 'for tests alone'")
            other.execute("create schema todo_migrations; create table tests (a int)")
            other.execute("drop table tests")
        after = catalog.dump(built.url("other"), bin_dir=built.bin)
        connection.execute("drop database other")
    assert after == before


def test_a_missing_or_failing_pg_dump_is_explained(built: Cluster, url: str) -> None:
    with pytest.raises(Failure, match="there is no pg_dump in /nowhere"):
        catalog.dump(url, bin_dir=Path("/nowhere"))
    with pytest.raises(Failure, match="pg_dump failed") as caught:
        catalog.dump(built.url("none"), bin_dir=built.bin)
    assert caught.value.where
