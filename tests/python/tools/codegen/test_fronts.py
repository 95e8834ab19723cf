"""Tables behind views of their names: facts of the one, the name of the other."""

from __future__ import annotations

import re
from collections.abc import Iterator

import psycopg
import pytest

from tests.python.tools.codegen.conftest import database_of
from tools.codegen import build
from tools.codegen.facts import Facts
from tools.codegen.output import Files
from tools.postgres.server import Cluster

SCRIPT = """
    create role codegen_fronted;
    create schema front;
    create schema back;
    grant usage on schema front to codegen_fronted;
    create table back.shelves (id int primary key, secret text, label text not null);
    create table back.books (
        id int primary key,
        shelf_id int not null references back.shelves (id),
        title text not null check (char_length(title) <= 100)
    );
    create table back.unseen (id int primary key);
    create view front.shelves with (security_invoker = true) as
    select id, label from back.shelves where true;
    create view front.books with (security_invoker = true) as
    select id, shelf_id, title from back.books where true;
    create view front.titles as select title from back.books;
    grant select on all tables in schema back to codegen_fronted;
    grant insert, delete on back.books, back.shelves to codegen_fronted;
    grant select on all tables in schema front to codegen_fronted;
    grant insert, delete on front.books to codegen_fronted;
"""


@pytest.fixture(scope="module")
def made(cluster: Cluster) -> Iterator[tuple[Facts, Files]]:
    with database_of(cluster, "codegen_fronts", SCRIPT) as url:
        try:
            source = build.Source(("front",), "codegen_fronted", behind="back")
            plan, files = build.models(url, source)
            yield plan.facts, files
        finally:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("drop owned by codegen_fronted")
                connection.execute("drop role codegen_fronted")


def test_a_table_goes_by_the_name_of_its_view(made: tuple[Facts, Files]) -> None:
    facts, _ = made
    found = [(relation.address, relation.kind) for relation in facts.relations]
    assert found == [
        ("front.books", "table"),
        ("front.shelves", "table"),
        ("front.titles", "view"),
    ]
    books = facts.at("front.books")
    assert [key.target for key in books.foreign_keys] == ["front.shelves"]
    assert books.primary_key == ("id",) and len(books.checks) == 1


def test_the_role_may_do_what_both_let_it(made: tuple[Facts, Files]) -> None:
    books, shelves = made[0].at("front.books"), made[0].at("front.shelves")
    assert books.deletable and not shelves.deletable
    assert books.column("title").may == {"select", "insert"}
    assert shelves.column("label").may == {"select"}
    assert shelves.column("secret").may == frozenset()


def test_nothing_generated_names_the_schema_behind(made: tuple[Facts, Files]) -> None:
    named = {
        path.name for path, text in made[1].items() if re.search(r"\bback\.\w", text)
    }
    assert named <= {"fingerprint.py"}
