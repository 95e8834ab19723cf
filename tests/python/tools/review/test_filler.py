"""Rows for any schema: they obey its rules, and those that are about to come."""

from __future__ import annotations

import re
from pathlib import Path

import psycopg
import pytest

from tools.review.filler import fill
from tools.review.filler import schema as schemas
from tools.review.filler.insert import Filled, notes
from tools.review.filler.patterns import sample

HARD = Path(__file__).parent / "hard.sql"


def execute(url: str, text: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(text.encode())


def value(url: str, query: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


@pytest.fixture
def empty(url: str) -> str:
    """A database without tables."""
    execute(url, "drop schema s cascade")
    return url


def test_every_table_of_the_product(database: str) -> None:
    execute(
        database,
        "set session_replication_role = replica;"
        "delete from app_data.task_tags; delete from app_data.tags;"
        "delete from app_data.tasks;"
        "delete from app_data.projects; delete from app_auth.refresh_tokens;"
        "delete from app_auth.sessions;"
        "delete from app_data.user_preferences; delete from app_data.users;"
        "delete from app_private.signing_keys;"
        "delete from app_private.trusted_jwt_logins",
    )
    filled = fill(database, 300)
    assert {one.table: one.rows for one in filled if one.rows != 300} == {}
    assert len(filled) >= 9
    # References were not checked on the way in: they have to hold all the same.
    lost = value(
        database,
        "select count(*) from app_data.tasks as t left join app_data.projects as p"
        " on p.user_id = t.user_id and p.id = t.project_id where p.id is null",
    )
    assert lost == 0


def test_hard_schema(empty: str) -> None:
    execute(empty, HARD.read_text())
    filled = fill(empty, 200)
    assert [one for one in filled if one.note] == []
    assert {one.rows for one in filled} == {200}
    # All that was switched off while the rows were written is asked for now.
    execute(
        empty,
        "do $$ declare r record; begin for r in select conrelid::regclass as t, conname"
        " from pg_constraint where contype = 'f' and conparentid = 0 and connamespace ="
        " 'hard'::regnamespace loop execute format('alter table %s drop constraint %I,"
        " add %s', r.t, r.conname, (select pg_get_constraintdef(oid) from pg_constraint"
        " where conname = r.conname and conrelid = r.t)); end loop; end $$",
    )
    assert value(empty, "select count(distinct mood) from hard.people") == 3
    sequence = "pg_get_serial_sequence('hard.people', 'id')"
    assert value(empty, f"select nextval({sequence}) > 200") is True


def test_new_rules_are_obeyed_too(empty: str, blank: str) -> None:
    execute(empty, "create schema s; create table s.t (id int primary key, a int)")
    later = "create schema s; create table s.t (id int primary key, a int not null,"
    later += " check (a between 5 and 7))"
    execute(blank, later)
    with psycopg.connect(blank, autocommit=True) as connection:
        after = schemas.read(connection)
    assert fill(empty, 50, after=after) == [Filled("s.t", 50)]
    assert value(empty, "select bool_and(a between 5 and 7) from s.t") is True


def test_new_rule_that_nothing_meets_is_let_go(empty: str, blank: str) -> None:
    execute(empty, "create schema s; create table s.t (id int primary key, a text)")
    later = "create schema s; create table s.t (id int primary key, a text not null,"
    execute(blank, f"{later} check (md5(a) = 'nothing'))")
    with psycopg.connect(blank, autocommit=True) as connection:
        after = schemas.read(connection)
    assert fill(empty, 50, after=after) == [Filled("s.t", 50)]


def test_table_that_cannot_be_filled_is_named(empty: str) -> None:
    execute(
        empty,
        "create schema s; create table s.t (a text check (md5(a) = 'x') not null)",
    )
    (one,) = filled = fill(empty, 10)
    assert one.rows == 0
    assert list(notes(filled)) == [
        "s.t holds 0 rows: no values were found that its CHECKs accept; help it by"
        " s.t.sql in tables/"
    ]


def test_help_wins(empty: str, tmp_path: Path) -> None:
    execute(empty, "create schema s; create table s.t (a text not null, b int,"
                   " check (a ~ '^x+$' and length(a) = b))")  # fmt: skip
    (tmp_path / "s.t.sql").write_text("select repeat('x', i::int) as a, i as b;")
    assert fill(empty, 10, help=tmp_path) == [Filled("s.t", 10)]


def test_small_key_takes_what_it_can(empty: str) -> None:
    execute(empty, "create schema s; create table s.t (a boolean primary key)")
    (one,) = fill(empty, 10)
    assert one.rows == 2 or one.note


@pytest.mark.parametrize(
    "pattern",
    [
        r"^[^@ \t\n\r]+@[^@ \t\n\r]+$",
        r"^\$argon2id\$v=19\$m=65536,t=3,p=4\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$",
        r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$",
        r"^(a|b)c?\d{3}$",
        r"^#[0-9a-f]{6}$",
        r"^[^a-z]+$",
        r"^\S+\s\w*$",
        r"^(?:x|y)[.]z",
    ],
)
def test_pattern(pattern: str) -> None:
    text = sample(pattern)
    assert text is not None
    assert re.search(pattern, text)


def test_pattern_with_classes_of_the_server() -> None:
    assert sample("^[[:upper:]][[:digit:]]$") == "A1"


@pytest.mark.parametrize("pattern", ["[", "(?<x)", "^a(?!a)b$x"])
def test_pattern_beyond_us(pattern: str) -> None:
    assert sample(pattern) is None
