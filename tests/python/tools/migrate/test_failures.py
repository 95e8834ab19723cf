"""What a user reads when a statement fails, and that nothing of its file stays."""

from __future__ import annotations

import pytest

from tests.python.tools.migrate.folder import Base, Folder
from tools import migrate
from tools.console import Failure


def failed(base: Base, folder: Folder) -> Failure:
    """Return the failure of applying *folder*."""
    with pytest.raises(Failure) as caught:
        base.apply(folder)
    return caught.value


def test_file_line_state_statement_and_next_are_named(
    base: Base, folder: Folder
) -> None:
    folder.add("0001_add_a", "create table a (id int)")
    folder.add(
        "0002_add_b",
        "create table b (id int, t text default 'é😀;');\n\n"
        "-- a comment\nselect id,\n       nothing\nfrom b",
    )
    failure = failed(base, folder)
    assert 'column "nothing" does not exist (42703)' in failure.what
    assert "all of this file was rolled back; earlier files stay" in failure.what
    place, statement = (failure.where or "").split(": ", 1)
    assert place.endswith("0002_add_b.sql:7")  # the line of the word, not of SELECT
    assert statement == "select id, nothing from b"
    assert "make migrate" in (failure.next or "")
    assert base.tables() == ["public.a"]
    assert base.marks() == ["0001_add_a"]


def test_an_error_without_position_names_the_statement(
    base: Base, folder: Folder
) -> None:
    folder.add(
        "0001_add_a",
        "create table a (id int primary key);\ninsert into a values (1);\n"
        "insert into a\nvalues (1)",
    )
    failure = failed(base, folder)
    assert "(23505)" in failure.what
    assert "detail: Key (id)=(1) already exists." in failure.what
    assert (failure.where or "").split(": ")[0].endswith("0001_add_a.sql:4")
    assert base.tables() == []


def test_an_error_inside_of_a_block_shows_its_context(
    base: Base, folder: Folder
) -> None:
    folder.add("0001_add_a", "do $$\nbegin\n  perform 1/0;\nend\n$$")
    assert "context: " in (what := failed(base, folder).what)
    assert "line 3 at PERFORM" in what


def test_a_deferred_constraint_speaks_at_commit(base: Base, folder: Folder) -> None:
    folder.add(
        "0001_add_a",
        "create table a (id int primary key, b int references a"
        " deferrable initially deferred);\ninsert into a values (1, 2)",
    )
    failure = failed(base, folder)
    assert "at COMMIT" in failure.what
    assert "(23503)" in failure.what
    assert base.tables() == []
    assert base.marks() == []


def test_percent_signs_are_only_text(base: Base, folder: Folder) -> None:
    folder.add("0001_add_a", "create table a as select '100 %s %(x)s' as t, 7 % 4 as n")
    base.apply(folder)
    assert base.session.execute("select * from a").fetchone() == ("100 %s %(x)s", 3)


def test_bodies_are_divided_as_the_server_does(base: Base, folder: Folder) -> None:
    folder.add(
        "0001_add_f",
        "create function f() returns int language sql begin atomic\n"
        "  select 1; select case when true then 2 end; end;\n"
        "create function g() returns text language plpgsql as $x$\n"
        "begin if true then return 'a;b'; end if; end $x$;\n"
        "create rule r as on insert to pg_temp.t do also (select 1; select 2)",
    )
    folder.edit(
        "0001_add_f.sql",
        "create rule r as on insert to pg_temp.t do also (select 1; select 2)",
        "create table t (id int);\n"
        "create rule r as on insert to t do also (delete from t; select 2)",
    )
    base.apply(folder)
    assert base.value("select f()") == 2
    assert base.value("select g()") == "a;b"


def test_a_failed_rollback_leaves_the_migration(base: Base, folder: Folder) -> None:
    folder.add(
        "0001_add_a", "create table a (id int)", "drop table a;\n\ndrop table nothing;"
    )
    base.apply(folder)
    with pytest.raises(Failure) as caught:
        base.rollback(folder)
    assert "the migration is still applied" in caught.value.what
    assert "0001_add_a.rollback.sql:3" in (caught.value.where or "")
    assert "make rollback" in (caught.value.next or "")
    assert base.tables() == ["public.a"]
    assert base.marks() == ["0001_add_a"]


def test_statement_timeout_is_off_whatever_the_database_says(
    base: Base, folder: Folder
) -> None:
    base.run(
        f"alter database {base.session.info.dbname} set statement_timeout = '50ms'"
    )
    folder.add("0001_wait_long", "select pg_sleep(0.2)")
    assert base.apply(folder) == ["0001_wait_long"]


@pytest.mark.parametrize("how", ["option", "directive"])
def test_statement_timeout_can_be_set(base: Base, folder: Folder, how: str) -> None:
    header = "-- statement_timeout: 50ms" if how == "directive" else ""
    folder.add("0001_wait_long", "select pg_sleep(5)", header=header)
    with pytest.raises(Failure, match="57014"):
        base.apply(folder, **({"statement_timeout": 50} if how == "option" else {}))


def test_role_is_set_for_the_file_alone(base: Base, folder: Folder) -> None:
    base.run("drop role if exists maker; create role maker")
    base.run("grant create on schema public to maker")
    folder.add("0001_add_a", "create table a (id int)", header="-- role: maker")
    folder.add("0002_add_b", "create table b (id int)")
    base.apply(folder)
    owners = base.session.execute(
        "select tablename, tableowner from pg_tables where schemaname = 'public'"
    ).fetchall()
    assert dict(owners) == {"a": "maker", "b": "postgres"}
    base.run("drop owned by maker; drop role maker")


def test_an_unreachable_server_is_one_sentence(folder: Folder) -> None:
    folder.add("0001_add_a", "create table a (id int)")
    with pytest.raises(Failure) as caught:
        migrate.apply("postgresql://x@/y?host=/nowhere", directory=folder.path)
    assert caught.value.next


def test_a_login_without_createrole_is_told_so(base: Base) -> None:
    """The file is right; the login is not."""
    name = base.session.info.dbname
    base.run("drop role if exists bare; create role bare login password 'x'")
    base.run(f"alter database {name} owner to bare")
    url = base.url.replace("postgres@", "bare:x@", 1)
    with pytest.raises(Failure, match="42501") as caught:
        migrate.apply(url)
    assert "alter role bare createrole" in (caught.value.next or "")
    assert "make migrate" in (caught.value.next or "")
    assert base.tables() == []
    base.run(f"alter database {name} owner to postgres; drop owned by bare cascade")
    base.run("drop role bare")
