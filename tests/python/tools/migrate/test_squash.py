"""Many migrations in one: old databases record it, new ones are filled by it."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from tests.python.tools.migrate.folder import Base, Folder
from tools.console import Failure
from tools.migrate.session import Session
from tools.migrate.squash import folded, squash

OUTSIDE = "-- transactional: false"
LAST = "0007_index_v"
SQUASH = "0007_squash_0001_to_0007"


@pytest.fixture
def history(folder: Folder) -> Folder:
    """Seven migrations of every kind, and one after them."""
    folder.add(
        "0001_add_t",
        "create schema s;\n-- kept\ncreate table s.t (id int primary key, v int)",
        "drop table s.t; drop schema s;",
        header="-- Why this table.",
    )
    folder.add("0002_fill_t", "insert into s.t select generate_series(1, 10) -- ten")
    folder.add(
        "0003_make_role",
        "do $$ begin if to_regrole('squasher') is null then create role squasher;"
        " end if; end $$; grant all on schema s to squasher",
        "revoke all on schema s from squasher; drop role squasher;",
    )
    folder.add(
        "0004_add_u",
        "create table s.u (id int)",
        "drop table s.u;",
        header="-- role: squasher",
    )
    folder.add(
        "0005_set_v",
        "update s.t set v = t.id * 2 from batch where t.id = batch.id",
        "update s.t set v = null;",
        header="-- backfill: s.t key id batch 3 pause 0ms",
    )
    folder.add("0006_clean_t", "vacuum s.t", header=OUTSIDE)
    folder.add(
        LAST,
        "create index concurrently t_v_idx on s.t (v)",
        "drop index concurrently if exists s.t_v_idx;",
        header=OUTSIDE,
    )
    folder.add("0008_add_w", "create table s.w (id int)", "drop table s.w;")
    return folder


@pytest.fixture
def squashed(history: Folder) -> Folder:
    """The same, folded up to the seventh; proven on two servers."""
    assert squash(history.path, "0007")[0].startswith(f"{SQUASH}: in place of 7")
    return history


@pytest.fixture
def unproven(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the proof, which starts two servers, where it is not the point."""
    module = importlib.import_module("tools.migrate.squash")
    monkeypatch.setattr(module, "_prove", lambda *_, **__: None)


def names(folder: Folder) -> list[str]:
    """Return the names of the files of *folder*."""
    return sorted(path.name for path in folder.path.iterdir())


def test_old_files_give_way_and_the_proof_holds(
    squashed: Folder, base: Base, capsys: pytest.CaptureFixture[str]
) -> None:
    assert names(squashed) == [
        f"{SQUASH}.rollback.sql",
        f"{SQUASH}.sql",
        "0008_add_w.rollback.sql",
        "0008_add_w.sql",
    ]
    text = (squashed.path / f"{SQUASH}.sql").read_text()
    assert "-- Why this table." in text
    assert "-- kept" in text
    assert "concurrently" not in text
    assert "vacuum" not in text
    assert text.count("reset role;") == 1

    assert base.apply(squashed) == [SQUASH, "0008_add_w"]
    assert base.column("select v from s.t order by 1") == list(range(2, 21, 2))
    assert base.value("select tableowner from pg_tables where tablename = 'u'") == (
        "squasher"
    )
    assert base.value("select tableowner from pg_tables where tablename = 'w'") == (
        "postgres"
    )
    assert base.rollback(squashed, to="0000") == ["0008_add_w", SQUASH]
    assert base.tables() == []


@pytest.mark.usefixtures("unproven")
def test_a_database_that_has_them_all_only_records(history: Folder, base: Base) -> None:
    base.apply(history)
    before = base.value("select 's.t_v_idx'::regclass::oid")
    squash(history.path, "0007")
    assert base.apply(history) == [SQUASH]
    assert base.marks() == [SQUASH, "0008_add_w"]
    assert base.states() == {SQUASH: "applied", "0008_add_w": "applied"}
    assert base.value("select 's.t_v_idx'::regclass::oid") == before
    assert base.apply(history) == []
    said = base.value(
        "select comment from todo_migrations._yoyo_log order by 1 limit 1"
    )
    assert said == "in place of 7 migrations"
    base.rollback(history, to="0000")
    base.run("drop role if exists squasher")


@pytest.mark.usefixtures("unproven")
def test_a_rollback_before_the_recording_is_refused(
    history: Folder, base: Base
) -> None:
    base.apply(history)
    squash(history.path, "0007")
    with pytest.raises(Failure, match="not recorded yet in place of 7"):
        base.rollback(history)
    base.apply(history)
    base.rollback(history, to="0000")


@pytest.mark.usefixtures("unproven")
def test_a_database_that_has_a_part_is_refused(history: Folder, base: Base) -> None:
    from tools import migrate

    migrate.apply(base.url, until="0002", directory=history.path)
    squash(history.path, "0007")
    with pytest.raises(Failure) as caught:
        base.apply(history)
    assert "in place of 7 migrations, and this database has only a part" in (
        caught.value.what
    )
    assert "0003_make_role is missing" in caught.value.what
    assert base.marks() == ["0001_add_t", "0002_fill_t"]


@pytest.mark.usefixtures("unproven")
def test_another_history_is_refused(squashed: Folder, base: Base) -> None:
    other = Folder(squashed.path.with_name("other"))
    for number, name in enumerate(squashed.files()[0].replaces):
        other.add(name, f"select {number}")
    base.apply(other)
    with pytest.raises(Failure, match="is not what was applied"):
        base.apply(squashed)


@pytest.mark.usefixtures("unproven")
def test_a_recording_is_all_or_nothing(
    history: Folder, base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    base.apply(history)
    before = base.marks()
    squash(history.path, "0007")

    def dying(session: Session, *statements: str) -> None:
        session.execute(f"begin;\n{statements[0]}")
        session.connection.close()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Session, "write", dying)
        base.apply(history)
    assert base.marks() == before
    assert base.apply(history) == [SQUASH]
    base.rollback(history, to="0000")


def test_a_squash_that_gives_another_database_is_not_written(folder: Folder) -> None:
    folder.add("0001_add_t", "create table t (id int)", "drop table t;")
    folder.add("0002_say_when", "create table u as select now() as x", "drop table u;")
    folder.add(
        "0003_count_runs",
        "do $$ begin if (select x from u) <> now() then"
        " create table later (); end if; end $$",
        "drop table if exists later;",
    )
    before = names(folder)
    with pytest.raises(Failure) as caught:
        squash(folder.path, "0003")
    assert "the squash gives another database" in caught.value.what
    assert "table public.later is missing" in caught.value.what
    assert names(folder) == before


def test_an_irreversible_part_makes_the_whole_irreversible(folder: Folder) -> None:
    folder.add("0001_add_t", "create table t (id int)", "drop table t;")
    folder.add(
        "0002_drop_t", "drop table t", None, header="-- irreversible: it is gone"
    )
    forward, back = folded(folder.files())
    assert back is None
    assert "-- irreversible: 0002_drop_t: it is gone\n" in forward


def test_one_file_is_nothing_to_fold(folder: Folder) -> None:
    folder.add("0001_add_t", "select 1")
    with pytest.raises(Failure, match="nothing to fold"):
        squash(folder.path, "0001")


@pytest.mark.usefixtures("unproven")
def test_a_squash_can_be_squashed(folder: Folder) -> None:
    folder.add("0001_add_t", "create table t (id int)", "drop table t;")
    folder.add("0002_add_u", "create table u (id int)", "drop table u;")
    folder.add("0003_add_v", "create table v (id int)", "drop table v;")
    squash(folder.path, "0002")
    squash(folder.path, "0003")
    (file,) = folder.files()
    assert list(file.replaces) == [
        "0001_add_t",
        "0002_add_u",
        "0002_squash_0001_to_0002",
        "0003_add_v",
    ]


@pytest.mark.usefixtures("unproven")
@pytest.mark.parametrize("removed", [0, 1, 3, 5])
def test_an_interrupted_squash_is_finished_by_the_next(
    folder: Folder, removed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.add("0001_add_t", "create table t (id int)", "drop table t;")
    folder.add("0002_add_u", "create table u (id int)", "drop table u;")
    folder.add("0003_add_v", "create table v (id int)", "drop table v;")
    unlink, count = Path.unlink, 0

    def dying(path: Path, missing_ok: bool = False) -> None:
        nonlocal count
        if path.parent == folder.path:
            count += 1
            if count > removed:
                raise KeyboardInterrupt
        unlink(path, missing_ok)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Path, "unlink", dying)
        squash(folder.path, "0003")
    assert squash(folder.path, "0003") == [
        "0003_squash_0001_to_0003: an interrupted squash is finished"
    ]
    assert [file.id for file in folder.files()] == ["0003_squash_0001_to_0003"]


@pytest.mark.usefixtures("unproven")
def test_a_squash_interrupted_before_its_file_begins_anew(folder: Folder) -> None:
    folder.add("0001_add_t", "create table t (id int)", "drop table t;")
    folder.add("0002_add_u", "create table u (id int)", "drop table u;")
    folder.write("0002_squash_0001_to_0002.rollback.sql", "select 1;")
    folder.write(".0002_squash_0001_to_0002.sql.partial", "select")
    assert "in place of 2" in squash(folder.path, "0002")[0]
    assert len(names(folder)) == 2
