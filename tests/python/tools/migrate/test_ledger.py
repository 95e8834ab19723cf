"""What the database remembers, and what is refused because of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.python.tools.migrate.folder import Base, Folder
from tools.console import Failure
from tools.console.reporter import Reporter
from tools.migrate import ledger
from tools.migrate.backend import Backend
from tools.migrate.options import Options
from tools.migrate.target import opened
from tools.postgres.cluster import Cluster


@pytest.fixture
def two(base: Base, folder: Folder) -> Folder:
    """Two migrations, applied to *base*."""
    folder.add("0001_add_a", "create table a (id int)", "drop table a;")
    folder.add("0002_add_b", "create table b (id int)", "drop table b;")
    assert base.apply(folder) == ["0001_add_a", "0002_add_b"]
    return folder


def refused(base: Base, folder: Folder) -> Failure:
    """Return the refusal to apply *folder*, which leaves everything as it is."""
    before = base.tables(), base.marks(), base.states()
    with pytest.raises(Failure) as caught:
        base.apply(folder)
    assert (base.tables(), base.marks(), base.states()) == before
    assert caught.value.next
    return caught.value


def test_apply_records_and_a_second_run_does_nothing(base: Base, two: Folder) -> None:
    assert base.tables() == ["public.a", "public.b"]
    assert base.marks() == ["0001_add_a", "0002_add_b"]
    assert base.apply(two) == []
    log = base.column("select operation from todo_migrations._yoyo_log")
    assert log == ["apply", "apply"]
    source = base.column("select source from todo_migrations.files order by 1")
    assert source == [file.sql for file in two.files()]


def test_rollback_takes_one_back_then_all(base: Base, two: Folder) -> None:
    assert base.rollback(two) == ["0002_add_b"]
    assert base.tables() == ["public.a"]
    assert base.marks() == ["0001_add_a"]
    assert base.apply(two) == ["0002_add_b"]
    assert base.rollback(two, to="0000") == ["0002_add_b", "0001_add_a"]
    assert base.tables() == []
    assert base.states() == {}
    assert base.rollback(two) == []


def test_rollback_to_a_number_keeps_it(base: Base, two: Folder) -> None:
    two.add("0003_add_c", "create table c (id int)", "drop table c;")
    base.apply(two)
    assert base.rollback(two, to="0001") == ["0003_add_c", "0002_add_b"]
    assert base.tables() == ["public.a"]


def test_an_unknown_number_is_refused(base: Base, two: Folder) -> None:
    with pytest.raises(Failure, match="there is no migration '0007'"):
        base.rollback(two, to="0007")
    assert base.tables() == ["public.a", "public.b"]


def test_an_irreversible_migration_stays(base: Base, two: Folder) -> None:
    two.add("0003_drop_a", "drop table a", None, header="-- irreversible: data is gone")
    base.apply(two)
    with pytest.raises(Failure, match="0003_drop_a is irreversible: data is gone"):
        base.rollback(two, to="0001")
    assert base.tables() == ["public.b"]
    assert len(base.marks()) == 3


@pytest.mark.parametrize("suffix", [".sql", ".rollback.sql"])
def test_an_edited_file_is_refused(base: Base, two: Folder, suffix: str) -> None:
    name = f"0001_add_a{suffix}"
    two.edit(name, "table a", "table  a")
    two.add("0003_add_c", "create table c (id int)")
    failure = refused(base, two)
    assert failure.what == f"{name} was edited after it had been applied"
    assert name in (failure.where or "")


def test_a_rollback_of_an_edited_file_is_refused(base: Base, two: Folder) -> None:
    two.edit("0002_add_b.rollback.sql", "drop table b", "drop table a")
    with pytest.raises(Failure, match="was edited"):
        base.rollback(two)
    assert base.tables() == ["public.a", "public.b"]


def test_a_renamed_file_is_refused(base: Base, two: Folder) -> None:
    for suffix in (".sql", ".rollback.sql"):
        path = two.path / f"0002_add_b{suffix}"
        path.rename(two.path / f"0002_make_b{suffix}")
    failure = refused(base, two)
    assert failure.what.startswith("0002_add_b was renamed to 0002_make_b")
    assert "git mv" in (failure.next or "")


def test_a_deleted_file_is_refused(base: Base, two: Folder) -> None:
    for path in two.path.glob("0002*"):
        path.unlink()
    failure = refused(base, two)
    assert failure.what == "0002_add_b has been applied and its file is gone"


def test_a_late_file_is_refused(base: Base, folder: Folder) -> None:
    folder.add("0001_add_a", "create table a (id int)")
    folder.add("0003_add_c", "create table c (id int)")
    base.apply(folder)
    folder.write("0002_add_b.sql", "-- depends: 0001_add_a\ncreate table b (id int);")
    folder.write("0002_add_b.rollback.sql", "drop table b;")
    failure = refused(base, folder)
    assert (
        failure.what == "0002_add_b comes before 0003_add_c, which is already applied"
    )


def test_several_findings_are_counted(base: Base, two: Folder) -> None:
    two.edit("0001_add_a.sql", "table a", "table  a")
    for path in two.path.glob("0002*"):
        path.unlink()
    assert "(and 1 more findings: make status)" in refused(base, two).what


def test_a_bad_file_stops_the_good_ones_before_it(base: Base, folder: Folder) -> None:
    folder.add("0001_add_a", "create table a (id int)")
    folder.add("0002_add_b", "create table b (id int); commit")
    with pytest.raises(Failure, match="COMMIT"):
        base.apply(folder)
    assert base.tables() == []


def test_until_stops_there(base: Base, folder: Folder) -> None:
    folder.add("0001_add_a", "create table a (id int)")
    folder.add("0002_add_b", "create table b (id int)")
    from tools import migrate

    done = migrate.apply(base.url, until="0001", directory=folder.path)
    assert done == ["0001_add_a"]
    assert base.tables() == ["public.a"]


def test_plain_yoyo_reads_the_record(base: Base, two: Folder) -> None:
    two.add("0003_add_c", "create table c (id int)")
    url = base.url.replace("postgresql://", "postgresql+psycopg://", 1)
    program = str(Path(sys.executable).with_name("yoyo"))
    command = [program, "list", "--batch", "--database"]
    done = subprocess.run(
        [*command, f"{url}&schema=todo_migrations", str(two.path)],
        capture_output=True,
        text=True,
        check=True,
    )
    rows = [line.split()[:2] for line in done.stdout.splitlines()[2:]]
    assert rows == [["A", "0001_add_a"], ["A", "0002_add_b"], ["U", "0003_add_c"]]
    # yoyo makes its lock table on the way; a later run is not disturbed by it.
    assert base.apply(two) == ["0003_add_c"]


def test_the_tables_are_those_that_yoyo_makes(base: Base, folder: Folder) -> None:
    folder.add("0001_add_a", "select 1")
    base.apply(folder)
    base.run("create schema plain")
    url = (
        base.url.replace("postgresql://", "postgresql+psycopg://", 1) + "&schema=plain"
    )
    from yoyo import get_backend

    backend = get_backend(url)
    with backend:
        backend.ensure_internal_schema_updated()
    columns = """
        select c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
            (select count(*) from pg_index i where i.indrelid = c.oid)
        from pg_class c join pg_attribute a on a.attrelid = c.oid
        where c.relnamespace = '{}'::regnamespace and c.relname like '\\_yoyo%'
        and c.relkind = 'r' and a.attnum > 0 order by 1, a.attnum
    """
    ours, theirs = (
        base.session.execute(columns.format(schema).encode()).fetchall()
        for schema in ("todo_migrations", "plain")
    )
    assert ours == theirs
    assert len(ours) == 13
    version = "select version from {}._yoyo_version"
    assert base.value(version.format("todo_migrations")) == base.value(
        "select max(version) from plain._yoyo_version"
    )


@pytest.mark.parametrize(
    "schema", ["app", "app_data", "app_private", "todo_migrations"]
)
def test_a_schema_of_ours_without_record_is_refused(
    base: Base, folder: Folder, schema: str
) -> None:
    base.run(f"create schema {schema}; create table {schema}.t (id int)")
    folder.add("0001_add_a", "create table a (id int)")
    with pytest.raises(Failure) as caught:
        base.apply(folder, beside=True)
    assert f"already has a schema {schema}, with 1 tables" in caught.value.what
    assert "make baseline" in (caught.value.next or "")
    assert base.tables() == ([] if schema == ledger.SCHEMA else [f"{schema}.t"])


def test_tables_of_somebody_else_are_refused(base: Base, folder: Folder) -> None:
    base.run("create table orders (id int); create view v as select * from orders")
    folder.add("0001_add_a", "create table a (id int)")
    with pytest.raises(Failure) as caught:
        base.apply(folder)
    assert (
        "holds tables of somebody else: public.orders and 1 more" in caught.value.what
    )
    assert base.tables() == ["public.orders"]
    assert base.value("select to_regnamespace('todo_migrations') is null")
    assert base.apply(folder, beside=True) == ["0001_add_a"]


def test_an_extension_is_nobody_else(base: Base, folder: Folder) -> None:
    base.run("create extension pg_stat_statements")
    folder.add("0001_add_a", "create table a (id int)")
    assert base.apply(folder) == ["0001_add_a"]


def test_yoyo_tables_without_checksums_are_refused(base: Base, two: Folder) -> None:
    base.run("drop table todo_migrations.files")
    with pytest.raises(Failure, match="without the checksums"):
        base.apply(two)


def test_a_mark_of_plain_yoyo_is_refused(base: Base, two: Folder) -> None:
    base.run("delete from todo_migrations.files where migration_id = '0002_add_b'")
    with pytest.raises(Failure, match="0002_add_b was recorded by plain yoyo"):
        base.apply(two)


@pytest.fixture
def login(migration_server: Cluster, base: Base) -> str:
    """The URL of *base* for a login that may do nothing but connect."""
    base.run("drop role if exists stranger; create role stranger login")
    base.run("revoke create on database " + base.session.info.dbname + " from public")
    return base.url.replace("postgres@", "stranger@", 1)


def test_a_missing_privilege_is_explained(
    base: Base, folder: Folder, login: str
) -> None:
    base.run("alter role stranger password 'x'")
    folder.add("0001_add_a", "create table a (id int)")
    from tools import migrate

    url = login.replace("stranger@", "stranger:x@", 1)
    with pytest.raises(Failure) as caught:
        migrate.apply(url, directory=folder.path)
    assert "login stranger may not create schemas in database" in caught.value.what
    assert base.value("select to_regnamespace('todo_migrations') is null")
    base.apply(folder)
    with pytest.raises(Failure, match="login stranger may not read todo_migrations"):
        migrate.apply(url, directory=folder.path)


def test_an_owner_without_superuser_migrates(base: Base, folder: Folder) -> None:
    name = base.session.info.dbname
    base.run(
        "drop role if exists deployer;"
        " create role deployer login createrole createdb password 'x'"
    )
    base.run(f"alter database {name} owner to deployer")
    folder.add(
        "0001_add_a",
        "create schema app; create role made_here; create table app.a (id int)",
        "drop schema app cascade; drop role made_here;",
    )
    from tools import migrate

    url = base.url.replace("postgres@", "deployer:x@", 1)
    assert migrate.apply(url, directory=folder.path) == ["0001_add_a"]
    assert migrate.rollback(url, directory=folder.path) == ["0001_add_a"]
    base.run(f"alter database {name} owner to postgres")
    base.run("reassign owned by deployer to postgres; drop owned by deployer")


def test_search_path_is_the_databases_own(base: Base, folder: Folder) -> None:
    name = base.session.info.dbname
    base.run(f"create schema mine; alter database {name} set search_path = mine")
    folder.add("0001_add_a", "create table a (id int)")
    base.apply(folder)
    assert base.tables() == ["mine.a"]


def test_settings_do_not_leak_from_file_to_file(base: Base, folder: Folder) -> None:
    folder.add(
        "0001_set_things",
        "select set_config('search_path', 'nowhere', false),"
        " set_config('work_mem', '1MB', false); create temp table t (id int);"
        " prepare p as select 1; set local role pg_monitor",
    )
    folder.add(
        "0002_see_things",
        "create table seen as select current_setting('search_path') as path,"
        " current_setting('work_mem') as memory, current_user as role,"
        " to_regclass('pg_temp.t') as temporary,"
        " (select count(*) from pg_prepared_statements) as prepared",
    )
    base.apply(folder)
    row = base.session.execute("select * from seen").fetchone()
    usual = base.value("select current_setting('work_mem')")
    assert row == ('"$user", public', usual, "postgres", None, 0)


def test_the_session_never_filters_rows_in_silence(base: Base, folder: Folder) -> None:
    """A data change by an owner under FORCE would change nothing and succeed."""
    base.run("drop role if exists keeper; create role keeper")
    folder.add(
        "0001_add_a",
        "create table a (id int); alter table a owner to keeper; insert into a values"
        " (1); alter table a enable row level security;"
        " alter table a force row level security",
    )
    folder.add("0002_fill_a", "set local role keeper; update a set id = 2")
    with pytest.raises(Failure, match="row-level security policy"):
        base.apply(folder)
    assert base.column("select id from a") == [1]
    base.run("drop table a; drop role keeper")


def test_one_connection_does_it_all(base: Base, folder: Folder) -> None:
    for number in range(1, 6):
        folder.add(f"{number:04}_add_a", f"create table a{number} (pid int)")
        folder.edit(
            f"{number:04}_add_a.sql", "(pid int)", "as select pg_backend_pid() as pid"
        )
    base.apply(folder)
    pids = [base.value(f"select pid from a{n}") for n in range(1, 6)]
    assert len(set(pids)) == 1


def test_the_backend_is_yoyos(base: Base) -> None:
    from yoyo.backends import DatabaseBackend

    with Backend(
        None, session=opened(base.url, Options(), Reporter(quiet=True))
    ) as backend:
        assert isinstance(backend, DatabaseBackend)
        backend.ensure_internal_schema_updated()
        assert backend.get_applied_migration_hashes() == []


def test_a_lost_connection_says_what_to_do(base: Base, folder: Folder) -> None:
    folder.add("0001_add_a", "create table a (id int)")
    folder.add(
        "0002_add_b",
        "create table b (id int); select pg_terminate_backend(pg_backend_pid())",
    )
    with pytest.raises(Failure) as caught:
        base.apply(folder)
    assert "0002_add_b: the connection to the server was lost" in caught.value.what
    assert base.tables() == ["public.a"]
    assert base.marks() == ["0001_add_a"]


def test_no_transaction_is_left_open(base: Base, folder: Folder) -> None:
    folder.add("0001_add_a", "create table a (id int); select 1/0")
    with pytest.raises(Failure, match="22012"):
        base.apply(folder)
    with psycopg.connect(base.url) as session:
        session.execute("create table a (id int)")
