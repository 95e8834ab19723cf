"""A whole review: planted dangers are named, waivers answer, failures are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.python.tools.migrate.folder import Folder
from tests.python.tools.review.planted import Reviewed
from tools.postgres.binaries import find_bin
from tools.review import linters, render
from tools.review.__main__ import main
from tools.review.changes import find
from tools.review.collect import Plan, Review, collect
from tools.review.findings import Severity


def test_three_dangers_are_caught_by_name(planted: Reviewed) -> None:
    places = {
        "table-rewrite": (
            "app_data.tasks is rewritten",
            "alter table app_data.tasks add",
        ),
        "reference-without-index": (
            "tags_owner_id_fkey",
            "alter table app_data.tags add constraint",
        ),
        "policy-removed": ("task_tags_select_user", "drop policy"),
    }
    for key, (text, start) in places.items():
        found = planted.one(key)
        assert text in found.text
        assert found.severity == Severity.STOP
        assert found.file == planted.id
        (line,) = (n for text, n in planted.lines.items() if text.startswith(start))
        assert found.where.endswith(f"{planted.id}.sql:{line}")
    assert planted.review.verdict == "stop"


def test_counts(planted: Reviewed) -> None:
    assert planted.review.counts == {
        "grants added": 1,
        "policies removed": 1,
        "policies loosened": 0,
        "destructive steps": 0,
    }


def test_idle_waiver_is_named(planted: Reviewed) -> None:
    assert "create-index" in planted.one("waiver").text


def test_way_back_is_proven(planted: Reviewed) -> None:
    (proof,) = planted.review.proofs
    assert proof.passed, proof.lines


def test_every_table_was_filled(planted: Reviewed) -> None:
    assert planted.review.measured is not None
    assert {one.rows for one in planted.review.measured.filled} == {600}


def test_load_met_the_tables(planted: Reviewed) -> None:
    assert planted.review.measured is not None
    waits = planted.review.measured.waits[planted.id]
    met = {(wait.table, wait.kind) for wait in waits if wait.longest > 0}
    for table in (
        "app_data.tasks",
        "app_data.tags",
        "app_data.users",
        "app_data.task_tags",
    ):
        assert {(table, "reads"), (table, "writes")} <= met


@pytest.fixture
def no_linters(monkeypatch: pytest.MonkeyPatch) -> None:
    """sqlfluff alone takes longer than the rest; `test_tools` runs it."""
    monkeypatch.setattr(linters, "lint", lambda files: [])


def small(folder: Folder, tmp_path: Path, url: str | None = None) -> Review:
    """Review what the database at *url* has not got, without proofs and models."""
    before = tmp_path / "before"
    before.mkdir()
    return collect(
        find(folder.path, before, url=url), Plan(50, find_bin(), (), models=False)
    )


@pytest.mark.usefixtures("no_linters")
def test_harmless_change_passes(folder: Folder, tmp_path: Path) -> None:
    folder.add("0002_add_age", "alter table s.people add column age integer;")
    review = small(folder, tmp_path)
    assert [f for f in review.judged.open if f.severity > Severity.NOTE] == []
    assert review.verdict == "pass"


@pytest.mark.usefixtures("no_linters")
def test_waiver_opens_the_way(folder: Folder, tmp_path: Path) -> None:
    header = "-- waive: drop-column: nobody reads it\n"
    folder.add(
        "0002_drop_nick", "alter table s.people drop column nick;", header=header
    )
    review = small(folder, tmp_path)
    assert review.verdict == "pass"
    assert [finding.key for finding, _ in review.judged.waived] == ["drop-column"]
    assert review.counts["destructive steps"] == 1
    assert "nobody reads it" in render.as_markdown(review)


@pytest.mark.usefixtures("no_linters")
def test_drop_inside_of_a_block_is_seen(folder: Folder, tmp_path: Path) -> None:
    drop = "execute 'alter table s.people drop column nick'"
    folder.add("0002_drop_nick", f"do $$ begin {drop}; end $$;")
    found = {f.key: f for f in small(folder, tmp_path).judged.open}
    assert found["drop-column"].text == "Table s.people: column nick is gone."
    assert found["dynamic-sql"].severity == Severity.LOOK


@pytest.mark.usefixtures("no_linters")
def test_change_that_fails_is_reported(folder: Folder, tmp_path: Path) -> None:
    folder.add("0002_try_it", "alter table s.people add column nick text;")
    review = small(folder, tmp_path)
    (one,) = [f for f in review.judged.open if f.severity == Severity.STOP]
    assert one.key == "fails"
    assert "42701" in one.text
    assert "not measured" in render.as_markdown(review)
    render.as_html(review)


@pytest.mark.usefixtures("no_linters")
def test_change_that_fails_on_rows(folder: Folder, tmp_path: Path) -> None:
    sql = "insert into s.people (id, email) overriding system value"
    folder.add("0002_try_it", f"{sql} select id, 'a@b' || id from s.people;")
    (one,) = [
        f for f in small(folder, tmp_path).judged.open if f.severity == Severity.STOP
    ]
    assert one.key == "fails-on-rows"


@pytest.mark.usefixtures("no_linters")
def test_what_migrate_refuses_is_not_run(folder: Folder, tmp_path: Path) -> None:
    folder.add("0002_try_it", "select 1; commit; select 2;")
    review = small(folder, tmp_path)
    assert review.judged.open[0].key == "refused"
    assert review.traced is None
    render.as_html(review)


def test_rows_must_be_some(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as leaving:
        main(["--rows", "many"])
    assert leaving.value.code == 2
    assert "--rows" in capsys.readouterr().err


@pytest.mark.usefixtures("no_linters")
def test_role_of_one_run_does_not_meet_the_next(folder: Folder, tmp_path: Path) -> None:
    folder.add("0002_create_role", "create role todo_fresh nologin;")
    review = small(folder, tmp_path)
    assert review.verdict == "pass"
    assert any("todo_fresh" in line for line in review.schema)


@pytest.mark.usefixtures("no_linters")
def test_files_outside_of_a_transaction(
    folder: Folder, tmp_path: Path, url: str
) -> None:
    folder.add(
        "0002_fill_nicks",
        "update s.people as p set nick = 'x' from batch"
        " where p.id = batch.id and p.nick is null;",
        header="-- backfill: s.people key id batch 1 pause 1ms\n",
    )
    folder.add(
        "0003_index_nicks",
        "create index concurrently people_nick_idx on s.people (nick);",
        "drop index concurrently if exists s.people_nick_idx;",
        header="-- transactional: false\n",
    )
    review = small(folder, tmp_path, url)
    assert review.verdict == "pass"
    measured = review.measured
    assert measured is not None
    locks = [
        {str(relation): mode.words for relation, mode in held.items()}
        for held in measured.locks.values()
    ]
    assert [one["s.people"] for one in locks] == [
        "ROW EXCLUSIVE",
        "SHARE UPDATE EXCLUSIVE",
    ]
    assert [work.written for work in measured.work.values()] == [{"s.people": 25}, {}]
    assert measured.error is None
