"""The proofs, each refuted by a small schema that is wrong in one way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tools.console import Failure
from tools.postgres.server import find_bin
from tools.verify import proofs
from tools.verify.proofs import Ways

SCHEMA = {
    "roles.sql": "create role todo_reader;",
    "schemas.sql": "create schema app;",
    "app/tables/notes.sql": "create table app.notes (id int primary key, body text);",
    "app/access/notes.sql": "grant select on app.notes to todo_reader;",
}
FIRST = """create role todo_reader;
create schema app;
create table app.notes (id integer primary key);
grant select on app.notes to todo_reader;"""
FIRST_BACK = "drop schema app cascade; drop role todo_reader;"
SECOND = "-- depends: 0001_create_notes\nalter table app.notes add column body text;"
SECOND_BACK = "alter table app.notes drop column body;"


class Project:
    """A directory with `sql/` and `migrations/`, and the ways to its schema."""

    def __init__(self, home: Path, stack: ExitStack) -> None:
        self.home = home
        self.ways = Ways(
            find_bin(),
            stack,
            schema=home / "sql" / "schema.sql",
            migrations=home / "migrations",
            generated=home / "generated",
            pgtap=home / "pgtap",
        )

    def write(self, name: str, text: str) -> None:
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def migration(self, name: str, forward: str, back: str | None) -> None:
        self.write(f"migrations/{name}.sql", forward)
        if back is not None:
            self.write(f"migrations/{name}.rollback.sql", back)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with ExitStack() as stack:
        made = Project(tmp_path, stack)
        for name, text in SCHEMA.items():
            made.write(f"sql/{name}", text)
            made.write(f"pgtap/{name}", "select 1;")
        made.write("sql/schema.sql", "\n".join(f"\\ir {name}" for name in SCHEMA))
        made.migration("0001_create_notes", FIRST, FIRST_BACK)
        made.migration("0002_add_body", SECOND, SECOND_BACK)
        yield made


def test_a_sound_project_passes_every_proof_about_the_database(
    project: Project,
) -> None:
    assert proofs.same_schema(project.ways) == []
    assert proofs.way_back(project.ways) == []
    assert proofs.least_privilege(project.ways) == []
    assert proofs.everything_is_explained(project.ways) == []


def test_what_only_one_of_both_says_refutes(project: Project) -> None:
    project.migration(
        "0002_add_body", SECOND + "\ndrop table if exists x;", SECOND_BACK
    )
    project.write(
        "sql/app/access/notes.sql", "grant insert on app.notes to todo_reader;"
    )
    assert proofs.same_schema(project.ways) == [
        "table app.notes: grant to todo_reader differs: sql/ says INSERT, "
        "migrations/ says SELECT"
    ]


def test_a_rollback_that_leaves_something_refutes(project: Project) -> None:
    project.migration("0002_add_body", SECOND + "\ncreate schema extra;", SECOND_BACK)
    place, what = proofs.way_back(project.ways)
    assert place.endswith("0002_add_body.rollback.sql:")
    assert what == (
        "    schema extra is missing in before 0002_add_body; after its rollback has it"
    )


def test_a_rollback_that_takes_too_much_refutes(project: Project) -> None:
    back = f"{SECOND_BACK}\nrevoke select on app.notes from todo_reader;"
    project.migration("0002_add_body", SECOND, back)
    _, what = proofs.way_back(project.ways)
    assert "grant to todo_reader is missing in after its rollback" in what


def test_a_migration_that_differs_the_second_time_refutes(project: Project) -> None:
    once = """
do $$ begin
    if current_setting('todo.seen', true) is null then
        execute format('alter database %I set todo.seen = 1', current_database());
        alter table app.notes add column extra text;
    end if;
end $$;"""
    back = "alter table app.notes drop column body, drop column if exists extra;"
    project.migration("0002_add_body", SECOND + once, back)
    found = "\n".join(proofs.way_back(project.ways))
    assert "todo.seen" in found, "the setting is what the rollback leaves"


def test_an_irreversible_migration_ends_a_stretch(project: Project) -> None:
    reason = "-- irreversible: nobody knows which notes were empty\n"
    (project.home / "migrations/0002_add_body.rollback.sql").unlink()
    project.migration("0002_add_body", reason + SECOND, None)
    third = "-- depends: 0002_add_body\ncomment on table app.notes is 'x';"
    project.migration("0003_explain_notes", third, "select 1;")
    place, what = proofs.way_back(project.ways)
    assert place.endswith("0003_explain_notes.rollback.sql:")
    assert "comment differs" in what


def test_what_only_a_superuser_can_do_refutes(project: Project) -> None:
    forward = f"""{SECOND}
do $$ begin
    if current_setting('is_superuser') = 'on' then
        comment on table app.notes is 'made by a superuser';
    end if;
end $$;"""
    project.migration("0002_add_body", forward, SECOND_BACK)
    assert proofs.least_privilege(project.ways) == [
        "table app.notes: comment differs: migrated by a superuser says "
        "made by a superuser, migrated by deployer says nothing"
    ]


def test_an_object_that_no_file_explains_refutes(project: Project) -> None:
    project.migration(
        "0002_add_body", SECOND + "\ncreate view app.v as select 1 as a;", ""
    )
    assert (
        "view app.v is in the database, and there is no sql/app/views/v.sql"
        in proofs.everything_is_explained(project.ways)
    )


def test_a_file_of_sql_that_fails_is_named_with_its_line(project: Project) -> None:
    project.write("sql/schemas.sql", "create schema app;\n\ncreate tabel x;")
    with pytest.raises(Failure, match="syntax error") as caught:
        proofs.same_schema(project.ways)
    assert caught.value.where is not None
    assert caught.value.where.endswith("sql/schemas.sql:3")


def test_trees_are_compared_byte_by_byte(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for directory in (one, other):
        (directory / "package" / "__pycache__").mkdir(parents=True)
        (directory / "package" / "same.py").write_text("x = 1\n")
    (one / "package" / "__pycache__" / "same.pyc").write_text("not compared")
    assert proofs.unlike_trees(one, other, "generated") == []
    (one / "package" / "edited.py").write_text("x = 1\ny = 2\n")
    (other / "package" / "edited.py").write_text("x = 1\ny = 3\n")
    (one / "old.md").write_text("")
    (other / "new.md").write_text("")
    found = proofs.unlike_trees(one, other, "generated")
    assert found[0].endswith("one/new.md is missing")
    assert found[1].endswith("one/old.md is not generated any more")
    assert found[2].endswith("one/package/edited.py differs from what is generated:")
    assert found[-2:] == ["    -y = 2", "    +y = 3"]
    (other / "package" / "edited.py").write_bytes(b"x = 1\r\ny = 2\r\n")
    assert proofs.unlike_trees(one, other, "generated")[-1].strip()
