"""Backfills: in batches, from where they stopped, each row once."""

from __future__ import annotations

import threading
import time

import pytest

from tests.python.tools.migrate.folder import Base, Folder
from tools.console import Failure
from tools.migrate.backfill import _Walk

SQL = (
    "update t set touched = t.touched + 1 from batch"
    " where t.space = batch.space and t.id = batch.id"
)
SPEC = "-- backfill: t key space, id batch {} pause 0ms"


@pytest.fixture
def table(base: Base, folder: Folder) -> Folder:
    """A table of 1,000 rows whose key has two columns of different types."""
    folder.add(
        "0001_add_t",
        "create table t (space uuid, id bigint, touched int not null default 0,"
        " primary key (space, id));"
        "insert into t select md5((n % 7)::text)::uuid, n from"
        " generate_series(1, 1000) as n",
    )
    base.apply(folder)
    return folder


def touched(base: Base) -> list[int]:
    """Return how often rows were changed, each number once."""
    return [int(n) for n in base.column("select distinct touched from t order by 1")]


@pytest.mark.parametrize("batch", [1_000, 999, 333, 37, 5_000])
def test_every_row_is_changed_once(base: Base, table: Folder, batch: int) -> None:
    table.add("0002_fill_t", SQL, header=SPEC.format(batch))
    assert base.apply(table) == ["0002_fill_t"]
    assert touched(base) == [1]
    state, rows = base.session.execute(
        "select state, rows_done from todo_migrations.files where position is not null"
    ).fetchone() or ("", 0)
    assert (state, rows) == ("applied", 1_000)


def test_each_batch_is_a_transaction_of_its_size(base: Base, table: Folder) -> None:
    base.run(
        "create table seen (tx xid8, changed int);"
        "create function note() returns trigger language plpgsql as $$ begin"
        " insert into seen select pg_current_xact_id(), count(*) from changed;"
        " return null; end $$;"
        "create trigger note after update on t referencing new table as changed"
        " for each statement execute function note()"
    )
    table.add("0002_fill_t", SQL, header=SPEC.format(300))
    base.apply(table)
    assert base.column("select changed from seen order by tx") == [300, 300, 300, 100]
    assert base.value("select count(distinct tx) from seen") == 4


def test_a_killed_run_goes_on_where_it_was(
    base: Base, table: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    table.add("0002_fill_t", SQL, header=SPEC.format(100))
    advance = _Walk._advance
    calls = 0

    def dying(self: _Walk, high: list[str]) -> None:
        nonlocal calls
        calls += 1
        if calls == 4:
            self.connection.close()
            raise KeyboardInterrupt
        advance(self, high)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(_Walk, "_advance", dying)
        base.apply(table)
    assert base.value("select count(*) from t where touched = 1") == 300
    assert base.states()["0002_fill_t"] == "running"
    assert base.marks() == ["0001_add_t"]
    assert base.apply(table) == ["0002_fill_t"]
    assert touched(base) == [1]


def test_a_position_belongs_to_its_key(base: Base, table: Folder) -> None:
    base.run("create unique index on t (id)")
    base.run("alter table t add constraint early check (id < 500 or touched = 0)")
    table.add("0002_fill_t", SQL, header=SPEC.format(10))
    with pytest.raises(Failure, match="23514"):
        base.apply(table)
    table.edit("0002_fill_t.sql", "key space, id", "key id")
    with pytest.raises(Failure, match="applied in part, along space, id of"):
        base.apply(table)
    table.edit("0002_fill_t.sql", "backfill: t key id batch 10 pause 0ms", "why: x")
    with pytest.raises(Failure, match="in batches, and its header says otherwise"):
        base.apply(table)


def test_a_failing_batch_keeps_the_earlier_ones(base: Base, table: Folder) -> None:
    base.run("alter table t add constraint early check (id < 500 or touched = 0)")
    sql = SQL.replace("space, id", "id")
    table.add("0002_fill_t", sql, header=SPEC.format(10))
    with pytest.raises(Failure) as caught:
        base.apply(table)
    assert "(23514)" in caught.value.what
    assert "earlier batches stay" in caught.value.what
    done = base.value("select count(*) from t where touched = 1")
    assert done % 10 == 0
    base.run("alter table t drop constraint early")
    base.apply(table)
    assert touched(base) == [1]


@pytest.mark.parametrize(
    "sql",
    [
        "with more as (select 1 as n) update t set touched = t.touched + n"
        " from batch, more where t.space = batch.space and t.id = batch.id",
        "with recursive more (n) as (select 1 union select n from more)"
        " update t set touched = t.touched + n"
        " from batch, more where t.space = batch.space and t.id = batch.id",
        "update t set touched = t.touched + (10 % 9) from batch"
        " where t.space = batch.space and t.id = batch.id and '%s' = '%' || 's'",
        "merge into t using batch on t.space = batch.space and t.id = batch.id"
        " when matched then update set touched = touched + 1",
    ],
)
def test_any_form_of_change_will_do(base: Base, table: Folder, sql: str) -> None:
    table.add("0002_fill_t", sql, header=SPEC.format(400))
    base.apply(table)
    assert touched(base) == [1]


def test_insert_and_delete(base: Base, table: Folder) -> None:
    base.run("create table copy (like t)")
    table.add(
        "0002_copy_t",
        "insert into copy select t.* from t join batch using (space, id)",
        header=SPEC.format(300),
    )
    table.add(
        "0003_empty_t",
        "delete from t using batch where t.space = batch.space and t.id = batch.id",
        header=SPEC.format(300),
    )
    base.apply(table)
    assert base.value("select count(*) from copy") == 1_000
    assert base.value("select count(*) from t") == 0


KEYS = [
    ("timestamptz", "now() + n * interval '1.000001 s'"),
    ("double precision", "n / 3.0"),
    ("text", "'ä ' || (n * 7919 % 1000) || '\\ \"'"),
    ("date", "date '1999-12-30' + n"),
    ("numeric", "n / 7.0"),
    ("bytea", "sha256(int4send(n))"),
]


@pytest.mark.parametrize(("kind", "value"), KEYS)
def test_keys_of_any_type(base: Base, folder: Folder, kind: str, value: str) -> None:
    base.run(f"alter database {base.session.info.dbname} set datestyle = 'SQL, DMY'")
    folder.add(
        "0001_add_t",
        f"create table t (id {kind} primary key, touched int default 0);"
        f"insert into t select {value} from generate_series(1, 200) as n",
    )
    folder.add(
        "0002_fill_t",
        "update t set touched = touched + 1 from batch where t.id = batch.id",
        header="-- backfill: t key id batch 7 pause 0ms",
    )
    base.apply(folder)
    assert touched(base) == [1]


def test_a_key_that_is_not_unique_loses_no_row(base: Base, table: Folder) -> None:
    base.run("create index on t (space)")
    table.add(
        "0002_fill_t",
        "update t set touched = touched + 1 from (select distinct * from batch) as b"
        " where t.space = b.space",
        header="-- backfill: t key space batch 10 pause 0ms",
    )
    base.apply(table)
    assert touched(base) == [1]


def test_an_empty_table_is_done_at_once(base: Base, table: Folder) -> None:
    base.run("delete from t")
    table.add("0002_fill_t", SQL, header=SPEC.format(10))
    assert base.apply(table) == ["0002_fill_t"]


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("t key nothing", "nothing does not exist"),
        ("t key touched", "begins with (touched)"),
        ("t key id, space", "begins with (id, space)"),
        ("t key loose", "loose may be null"),
        ("nowhere key id", "id does not exist"),
    ],
)
def test_a_key_that_is_none_is_refused(
    base: Base, table: Folder, spec: str, said: str
) -> None:
    base.run("alter table t add loose int")
    table.add("0002_fill_t", SQL, header=f"-- backfill: {spec}")
    with pytest.raises(Failure) as caught:
        base.apply(table)
    assert said in caught.value.what
    assert "0002_fill_t.sql:2" in (caught.value.where or "")
    assert "0002_fill_t" not in base.states()


def test_a_locked_row_is_waited_for_and_tried_again(base: Base, table: Folder) -> None:
    table.add("0002_fill_t", SQL, header=SPEC.format(100))
    with base.other() as other:
        other.execute("begin; update t set touched = 0 where id = 500")
        timer = threading.Timer(0.6, other.execute, ["commit"])
        timer.start()
        assert base.apply(table, lock_timeout=150) == ["0002_fill_t"]
        timer.join()
    assert touched(base) == [1]


def test_it_pauses_between_batches(base: Base, table: Folder) -> None:
    header = "-- backfill: t key space, id batch 200 pause 60ms"
    table.add("0002_fill_t", SQL, header=header)
    started = time.monotonic()
    base.apply(table)
    assert time.monotonic() - started > 0.3


def test_a_backfill_is_taken_back_like_any_file(base: Base, table: Folder) -> None:
    table.add("0002_fill_t", SQL, "update t set touched = 0;", header=SPEC.format(300))
    base.apply(table)
    assert base.rollback(table) == ["0002_fill_t"]
    assert touched(base) == [0]
    assert base.apply(table) == ["0002_fill_t"]
    assert touched(base) == [1]
