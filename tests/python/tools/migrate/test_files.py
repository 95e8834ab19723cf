"""What is refused about files before a database is even asked."""

from __future__ import annotations

import pytest

from tests.python.tools.migrate.folder import Folder
from tools.console import Failure
from tools.migrate import choose
from tools.migrate.header import milliseconds

ONE = "create schema one"


def refused(folder: Folder) -> Failure:
    """Return the refusal of *folder*, of its names, headers or statements."""
    with pytest.raises(Failure) as caught:
        choose.check(folder.files())
    assert caught.value.next, "a refusal names the way out"
    return caught.value


def test_a_good_directory_is_read_in_order(folder: Folder) -> None:
    folder.add("0002_add_b", "select 2")
    folder.add("0010_add_c", "select 3", header="-- lock_timeout: 5s")
    folder.write("README.md", "# how to")
    folder.write(".hidden.sql", "")
    files = folder.files()
    choose.check(files)
    assert [file.id for file in files] == ["0002_add_b", "0010_add_c"]
    assert files[1].depends == ("0002_add_b",)
    assert files[1].lock_timeout == 5_000
    assert files[1].transactional


def test_line_ends_do_not_change_the_checksum(folder: Folder) -> None:
    folder.add("0001_add_a", "select 1;\nselect 2;")
    before = folder.files()[0].checksum
    path = folder.path / "0001_add_a.sql"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert folder.files()[0].checksum == before


@pytest.mark.parametrize(
    "name",
    [
        "1_add_a.sql",
        "0001-add-a.sql",
        "0001_Add_a.sql",
        "0001_add.sql",
        "0001_add_a.SQL",
        "0001_add_a.py",
        "add_a.sql",
        "0001_add_a.sql.bak",
        "0001_add_a.down.sql",
        "post-apply.sql",
    ],
)
def test_a_wrong_name_is_refused(folder: Folder, name: str) -> None:
    folder.write(name, "select 1;")
    failure = refused(folder)
    assert name in failure.what
    assert "NNNN_verb_object.sql" in (failure.next or "")


def test_a_missing_directory_is_named(folder: Folder) -> None:
    folder.path.rmdir()
    assert "there is no directory" in refused(folder).what


def test_two_files_of_one_number_are_refused(folder: Folder) -> None:
    folder.add("0001_add_a", "select 1")
    folder.add("0001_add_b", "select 2")
    failure = refused(folder)
    assert failure.what == "0001_add_a and 0001_add_b have the same number"


def test_a_copy_is_refused(folder: Folder) -> None:
    folder.add("0001_add_a", "select 1")
    folder.add("0002_add_b", "select 2")
    text = (folder.path / "0002_add_b.sql").read_text()
    folder.write("0003_add_c.sql", text)
    folder.write("0003_add_c.rollback.sql", "select 1;")
    assert refused(folder).what == "0002_add_b and 0003_add_c have the same text"


def test_a_missing_rollback_is_refused(folder: Folder) -> None:
    folder.add("0001_add_a", ONE, back=None)
    failure = refused(folder)
    assert failure.what == "0001_add_a.sql has no rollback"
    assert "0001_add_a.rollback.sql" in (failure.next or "")


def test_a_stated_reason_stands_for_a_rollback(folder: Folder) -> None:
    folder.add("0001_add_a", ONE, back=None, header="-- irreversible: it drops data")
    assert folder.files()[0].irreversible == "it drops data"


def test_an_empty_reason_is_none(folder: Folder) -> None:
    folder.add("0001_add_a", ONE, back=None, header="-- irreversible:")
    assert "says nothing" in refused(folder).what


def test_a_reason_beside_a_rollback_is_refused(folder: Folder) -> None:
    folder.add("0001_add_a", ONE, header="-- irreversible: because")
    failure = refused(folder)
    assert "irreversible and has a rollback" in failure.what
    assert (failure.where or "").endswith("0001_add_a.sql:1")


def test_a_rollback_without_migration_is_refused(folder: Folder) -> None:
    folder.write("0001_add_a.rollback.sql", "select 1;")
    assert "takes back a migration that is not there" in refused(folder).what


def test_depends_is_required_after_the_first(folder: Folder) -> None:
    folder.add("0001_add_a", "select 1")
    folder.write("0002_add_b.sql", "select 2;")
    folder.write("0002_add_b.rollback.sql", "select 2;")
    failure = refused(folder)
    assert failure.what == "0002_add_b does not say what it depends on"
    assert "-- depends: 0001_add_a" in (failure.next or "")


@pytest.mark.parametrize("name", ["0009_add_x", "0002_add_b", "0001_add_a.sql"])
def test_depends_must_name_an_earlier_file(folder: Folder, name: str) -> None:
    folder.add("0001_add_a", "select 1")
    folder.write("0002_add_b.sql", f"-- depends: {name}\nselect 2;")
    folder.write("0002_add_b.rollback.sql", "select 2;")
    folder.write("0009_add_x.sql", "-- depends: 0001_add_a\nselect 2;")
    folder.write("0009_add_x.rollback.sql", "select 2;")
    failure = refused(folder)
    assert f"depends on {name}" in failure.what
    assert (failure.where or "").endswith("0002_add_b.sql:1")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"\xef\xbb\xbfselect 1;", "byte-order mark"),
        (b"select '\xff';", "is not UTF-8: byte 8"),
        (b"select '\0';", "NUL byte"),
    ],
)
def test_unreadable_bytes_are_refused(folder: Folder, text: bytes, said: str) -> None:
    (folder.path / "0001_add_a.sql").write_bytes(text)
    folder.write("0001_add_a.rollback.sql", "select 1;")
    assert said in refused(folder).what


@pytest.mark.parametrize(
    "line",
    [
        "-- transactional false",
        "-- transactional: no",
        "-- transactional: False",
        "-- Transactional: false",
        "--transactional=false",
        "-- non-transactional",
        "-- transactional:false -- why",
        "---- transactional: false",
    ],
)
def test_transactional_written_wrongly_is_refused(folder: Folder, line: str) -> None:
    folder.add("0001_add_a", "vacuum", header=line)
    failure = refused(folder)
    assert "transactional" in failure.what.lower()
    assert (failure.where or "").endswith("0001_add_a.sql:1")
    assert "-- transactional: false" in (failure.next or "")


@pytest.mark.parametrize("line", ["-- transactional: false", "--transactional:false "])
def test_transactional_written_rightly_is_read(folder: Folder, line: str) -> None:
    folder.add("0001_add_a", "vacuum", header=line)
    choose.check(folder.files())
    assert not folder.files()[0].transactional


@pytest.mark.parametrize(
    "body",
    [
        "select 1;\n-- transactional: false\nselect 2;",
        "select 1; /* transactional: false */",
        "select 1; -- Transactional: off",
    ],
)
def test_transactional_after_the_first_statement_is_refused(
    folder: Folder, body: str
) -> None:
    folder.add("0001_add_a", body)
    assert "outside of the leading comments" in refused(folder).what


def test_transactional_inside_a_string_is_no_directive(folder: Folder) -> None:
    folder.add("0001_add_a", "select '\n-- transactional: nonsense\n'")
    choose.check(folder.files())


def test_transactional_in_the_rollback_is_refused(folder: Folder) -> None:
    back = "-- transactional: false\ndrop index if exists a;"
    folder.add("0001_add_a", "select 1", back=back)
    failure = refused(folder)
    assert "outside of the leading comments" in failure.what
    assert "0001_add_a.rollback.sql:1" in (failure.where or "")


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("-- depend: 0001_a_b", "depends"),
        ("-- Lock-Timeout: 5s", "lock_timeout"),
        ("-- lock timeout = 5s", "lock_timeout"),
        ("-- irreversable: because", "irreversible"),
        ("-- Backfill : app.t key id", "backfill"),
    ],
)
def test_a_misspelt_directive_is_refused(folder: Folder, line: str, meant: str) -> None:
    folder.add("0001_add_a", ONE, header=line)
    assert f"`-- {meant}: …`" in (refused(folder).next or "")


def test_prose_with_a_colon_is_no_directive(folder: Folder) -> None:
    folder.add("0001_add_a", ONE, header="-- why: it was slow\n-- Note: see the docs")
    choose.check(folder.files())


def test_a_directive_given_twice_is_refused(folder: Folder) -> None:
    header = "-- lock_timeout: 1s\n-- lock_timeout: 2s"
    folder.add("0001_add_a", ONE, header=header)
    failure = refused(folder)
    assert failure.what == "`-- lock_timeout:` is given twice"
    assert (failure.where or "").endswith(":2")


def test_a_duration_without_sense_is_refused(folder: Folder) -> None:
    folder.add("0001_add_a", ONE, header="-- lock_timeout: soon")
    with pytest.raises(Failure, match="'soon' is no duration"):
        _ = folder.files()[0].lock_timeout


@pytest.mark.parametrize(
    ("text", "expected"),
    [("250", 250), ("250ms", 250), ("2s", 2_000), ("3 min", 180_000), ("1h", 3.6e6)],
)
def test_durations(text: str, expected: float) -> None:
    assert milliseconds(text, "here") == expected


STATEMENTS: list[tuple[str, str]] = [
    ("begin", "BEGIN in a migration"),
    ("select 1;\ncommit", "COMMIT in a migration"),
    ("select 1;\nend", "END in a migration"),
    ("rollback", "ROLLBACK in a migration"),
    ("savepoint a", "SAVEPOINT in a migration"),
    ("prepare transaction 'x'", "PREPARE in a migration"),
    ("start transaction", "START in a migration"),
    ("set lock_timeout = '1s'", "SET that outlasts"),
    ("set session characteristics as transaction read only", "SET that outlasts"),
    ("set role postgres", "SET that outlasts"),
    ("set session authorization postgres", "SET that outlasts"),
    ("reset all", "SET that outlasts"),
    ("reset lock_timeout", "SET that outlasts"),
    ("discard all", "DISCARD in a migration"),
    ("copy a from stdin", "COPY FROM STDIN"),
    ("copy a to stdout", "COPY TO STDOUT"),
    ("create database x", "CREATE DATABASE in a migration"),
    ("drop database x", "DROP DATABASE in a migration"),
    ("alter system set work_mem = '1GB'", "ALTER SYSTEM in a migration"),
    ("create tablespace x location '/x'", "CREATE TABLESPACE in a migration"),
    ("create subscription s connection '' publication p", "CREATE SUBSCRIPTION"),
    ("create index concurrently i on a (b)", "CREATE INDEX CONCURRENTLY cannot run"),
    ("drop index concurrently i", "DROP INDEX CONCURRENTLY cannot run"),
    ("reindex index concurrently i", "REINDEX CONCURRENTLY cannot run"),
    ("reindex (concurrently) table a", "REINDEX CONCURRENTLY cannot run"),
    ("reindex schema a", "REINDEX of a schema or database cannot run"),
    ("vacuum a", "VACUUM cannot run"),
    ("cluster", "CLUSTER of all tables cannot run"),
    ("alter table a detach partition b concurrently", "DETACH PARTITION CONCURRENTLY"),
    ("\\i other.sql", "psql meta-command in a migration: \\i other.sql"),
    ("select 1;\n  \\gexec", "psql meta-command in a migration: \\gexec"),
    ("select :'name'", "psql variable in a migration"),
    ("select :name", "psql variable in a migration"),
    ("creat table a (b int)", 'syntax error at or near "creat"'),
    ("select 'abc", "unterminated quoted string"),
]


@pytest.mark.parametrize("place", ["forward", "back"])
@pytest.mark.parametrize(("sql", "said"), STATEMENTS)
def test_what_breaks_the_promise_is_refused(
    folder: Folder, sql: str, said: str, place: str
) -> None:
    if place == "forward":
        folder.add("0001_add_a", sql)
    else:
        folder.add("0001_add_a", "select 1", back=f"-- why\n\n{sql}")
    failure = refused(folder)
    assert said in failure.what
    suffix = ".rollback.sql" if place == "back" else ".sql"
    assert f"0001_add_a{suffix}" in (failure.where or "")


def test_a_file_without_statement_is_refused(folder: Folder) -> None:
    folder.add("0001_add_a", "-- only a comment")
    assert "holds no statement" in refused(folder).what


def test_a_rollback_may_have_nothing_to_do(folder: Folder) -> None:
    folder.add("0001_add_a", "select 1", back="-- Nothing: it only reads.")
    choose.check(folder.files())


def test_the_line_of_a_refusal_is_that_of_the_statement(folder: Folder) -> None:
    folder.add("0001_add_a", "select 'é😀';\n/* why */ select 2;\n\n  commit ;")
    assert "0001_add_a.sql:5: commit" in (refused(folder).where or "")


@pytest.mark.parametrize(
    "sql",
    [
        "do $$ begin perform 1; end $$",
        "create function f() returns int language sql begin atomic select 1; end",
        "set local lock_timeout = '1s'",
        "set local role postgres; reset role",
        "set constraints all immediate",
        "select 1 % 2",
        "create procedure p() language plpgsql as $$ begin commit; end $$",
        "alter type t add value 'x'",
        "analyze a",
    ],
)
def test_what_can_run_in_a_transaction_is_accepted(folder: Folder, sql: str) -> None:
    folder.add("0001_add_a", sql)
    choose.check(folder.files())


OUTSIDE = "-- transactional: false"


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("create index concurrently i on a (b);\nselect 1", "is not alone in its file"),
        ("vacuum a; vacuum b", "VACUUM is not alone in its file"),
        ("create index concurrently on a (b)", "CONCURRENTLY without a name"),
        (
            "create index concurrently if not exists i on a (b)",
            "takes an invalid index for a good one",
        ),
        ("set local lock_timeout = '1s'; select 1", "SET LOCAL has no effect"),
        ("begin; select 1", "BEGIN in a migration"),
    ],
)
def test_a_non_transactional_file_keeps_its_rules(
    folder: Folder, sql: str, said: str
) -> None:
    folder.add("0001_add_a", sql, back="select 1;", header=OUTSIDE)
    assert said in refused(folder).what


def test_its_rollback_must_bear_half_of_the_work(folder: Folder) -> None:
    folder.add("0001_add_a", "select 1", back="drop table a;", header=OUTSIDE)
    failure = refused(folder)
    assert "drops without IF EXISTS" in failure.what
    assert "0001_add_a.rollback.sql:1" in (failure.where or "")


BACKFILL: list[tuple[str, str, str]] = [
    ("app.t id", "update t set a = 1 from batch", "cannot be read"),
    ("app.t key id batch 0", "update t set a = 1 from batch", "cannot be read"),
    ("app.t key id pause soon", "update t set a = 1 from batch", "cannot be read"),
    ("app.t key id", "update t set a = 1", "does not change the rows of `batch`"),
    ("app.t key id", "select 1 from batch", "does not change the rows of `batch`"),
    ("app.t key id", "delete from t using batch; select 1", "holds 2 statements"),
]


@pytest.mark.parametrize(("spec", "sql", "said"), BACKFILL)
def test_a_backfill_keeps_its_rules(
    folder: Folder, spec: str, sql: str, said: str
) -> None:
    folder.add("0001_fill_a", sql, header=f"-- backfill: {spec}")
    assert said in refused(folder).what


def test_nothing_is_imported_for_a_reading(folder: Folder) -> None:
    """PostgreSQL's parser is slow to load, and a run with nothing to do needs none."""
    import subprocess
    import sys

    folder.add("0001_add_a", "select 1")
    program = (
        "import sys; from pathlib import Path; from tools.migrate.files import read;"
        "read(Path(sys.argv[1])); sys.exit(any(m in sys.modules for m in"
        " ('pglast', 'sqlparse', 'psycopg')))"
    )
    command = [sys.executable, "-c", program, str(folder.path)]
    assert subprocess.run(command, check=False).returncode == 0
