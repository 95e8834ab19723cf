"""New files: numbered, depending on the last, drafted from what sql/ has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.python.tools.migrate.folder import Base, Folder
from tools import node
from tools.console import Failure
from tools.migrate import choose, new
from tools.migrate import draft as drafts
from tools.migrate.draft import Draft


@pytest.fixture
def undrafted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draft nothing: that takes seconds."""
    monkeypatch.setattr(new, "draft", lambda _: Draft(reason="not here"))


@pytest.mark.usefixtures("undrafted")
def test_the_first_is_numbered_one_and_depends_on_nothing(folder: Folder) -> None:
    said = new.begin("add_table", folder.path)
    assert (folder.path / "0001_add_table.sql").read_text() == (
        "-- Why: \n-- lock_timeout: 2s\n\n"
    )
    assert (folder.path / "0001_add_table.rollback.sql").read_text() == ""
    assert said[2] == "empty: not here"


@pytest.mark.usefixtures("undrafted")
def test_the_next_is_numbered_after_the_last(folder: Folder) -> None:
    folder.add("0009_add_a", "select 1")
    new.begin("add_table", folder.path)
    text = (folder.path / "0010_add_table.sql").read_text()
    assert "-- depends: 0009_add_a\n" in text
    with pytest.raises(Failure, match="0010_add_table holds no statement"):
        choose.check(folder.files())


@pytest.mark.usefixtures("undrafted")
@pytest.mark.parametrize("name", ["", "table", "Add_x", "add-x", "add_x; rm", "1_add"])
def test_a_name_is_verb_and_object(folder: Folder, name: str) -> None:
    with pytest.raises(Failure, match="is no name of a migration") as caught:
        new.begin(name, folder.path)
    assert caught.value.status == 2
    assert list(folder.path.iterdir()) == []


@pytest.mark.usefixtures("undrafted")
def test_a_name_is_used_once(folder: Folder) -> None:
    folder.add("0001_add_a", "select 1")
    with pytest.raises(Failure, match="there is a migration of that name: 0001_add_a"):
        new.begin("add_a", folder.path)


def test_without_a_registry_it_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, folder: Folder
) -> None:
    monkeypatch.setattr(node, "cache_dir", lambda: tmp_path)
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    reason = drafts.draft(folder.path).reason
    assert reason.startswith("npm could not install the packages draft: ")
    assert "ECONNREFUSED" in reason


def test_a_draft_leads_there_and_back(
    base: Base, folder: Folder, tmp_path: Path
) -> None:
    folder.add("0001_add_t", "create table t (id int primary key)", "drop table t;")
    schema = tmp_path / "schema.sql"
    schema.write_text(
        "create table t (id int primary key, v text not null default 'x');\n"
        "create index t_v_idx on t (v);\ncomment on column t.v is 'why';\n"
        "alter table t enable row level security;\n"
        "create policy t_select on t for select to public using (v <> 'y');\n"
    )
    made = drafts.draft(folder.path, schema)
    assert re.search(r"add column v", made.forward, re.IGNORECASE), made
    folder.add("0002_add_v", made.forward, made.back)
    choose.check(folder.files())
    base.apply(folder)
    assert base.value("select polname from pg_policy") == "t_select"
    assert base.value("select col_description('t'::regclass, 2)") == "why"
    base.rollback(folder)
    assert base.value("select count(*) from pg_policy") == 0
    assert base.column(
        "select attname from pg_attribute"
        " where attrelid = 't'::regclass and attnum > 0"
        " and not attisdropped"
    ) == ["id"]


def test_nothing_to_draft_is_said(folder: Folder, tmp_path: Path) -> None:
    folder.add("0001_add_t", "create table t (id int primary key)", "drop table t;")
    schema = tmp_path / "schema.sql"
    schema.write_text("create table t (id int primary key);\n")
    made = drafts.draft(folder.path, schema)
    assert made.reason == "sql/ and migrations/ do not differ"


def test_a_schema_that_does_not_load_is_named(folder: Folder, tmp_path: Path) -> None:
    folder.add("0001_add_t", "select 1")
    schema = tmp_path / "schema.sql"
    schema.write_text("\\set ON_ERROR_STOP on\ncreate table t (id nothing);\n")
    with pytest.raises(Failure, match='type "nothing" does not exist'):
        drafts.draft(folder.path, schema)
