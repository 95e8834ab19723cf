"""Path = address: each object has a file, each file an object and a test."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from tools.verify import provenance
from tools.verify.provenance import Claim

FACTS = {
    "database: encoding": "UTF8",
    "schema app: owner": "todo_owner",
    "role todo_user: superuser": "no",
    "table app.tasks: owner": "todo_owner",
    "table app.tasks: column title: type": "text",
    "table app.tasks: index tasks_title_idx": "CREATE INDEX …",
    "table app.tasks: policy tasks_select_user: using": "true",
    "table app.tasks: trigger tasks_900_bump_version": "CREATE TRIGGER …",
    "function app.f(integer, text): body": "…",
}
FILES = {
    "roles.sql": "create role todo_user;",
    "schemas.sql": "create schema app;",
    "app/tables/tasks.sql": "create table app.tasks (title text);\n"
    "create index tasks_title_idx on app.tasks (title);",
    "app/access/tasks.sql": "create policy tasks_select_user on app.tasks;",
    "app/triggers/tasks.sql": "create trigger tasks_900_bump_version on app.tasks;",
    "app/functions/f.sql": "create function app.f(a integer, b text) …;",
}


def written(directory: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    includes = "\n".join(f"\\ir {name}" for name in files)
    (directory / "schema.sql").write_text(f"-- contents\n{includes}\n")
    return directory


@pytest.mark.parametrize(
    ("key", "path", "name"),
    [
        ("table app.tasks: owner", "app/tables/tasks.sql", "tasks"),
        ("table app.tasks: column title: type", "app/tables/tasks.sql", "title"),
        ("table app.tasks: constraint c", "app/tables/tasks.sql", "tasks"),
        ("table app.tasks: policy p: using", "app/access/tasks.sql", "p"),
        ("table app.tasks: trigger t", "app/triggers/tasks.sql", "t"),
        ("view app.open_tasks: definition", "app/views/open_tasks.sql", "open_tasks"),
        ("function app.f(integer): body", "app/functions/f.sql", "f"),
        ("domain app.email: base", "app/types/email.sql", "email"),
        ('table app."Od: d": owner', "app/tables/Od: d.sql", "Od: d"),
        ("role todo_app: inherits", "roles.sql", "todo_app"),
        ("schema app: owner", "schemas.sql", "app"),
        ("extension citext", "extensions.sql", "citext"),
        ("default privileges of todo_owner on types", "schemas.sql", "todo_owner"),
    ],
)
def test_a_path_is_an_address(key: str, path: str, name: str) -> None:
    assert provenance.claim(key) == Claim(PurePosixPath(path), name)


@pytest.mark.parametrize(
    "key",
    ["database: encoding", "schema public: owner", "extension plpgsql", "language sql"],
)
def test_what_every_database_has_needs_no_file(key: str) -> None:
    assert provenance.claim(key) is None


def test_a_partition_and_the_sequence_of_an_identity_belong_to_their_table() -> None:
    facts = {
        "table app.log_2024: child of": "app.log",
        "sequence app.log_id_seq: belongs to": "table app.log: column id",
        "table app.log: column id: identity": "always",
        "sequence app.numbers: belongs to": "table app.log: column number",
    }
    table = PurePosixPath("app/tables/log.sql")
    found = provenance.claim("table app.log_2024: column id: type", facts)
    assert found == Claim(table, "id")
    found = provenance.claim("sequence app.log_id_seq: start", facts)
    assert found == Claim(table, "log")
    found = provenance.claim("sequence app.numbers: start", facts)
    assert found == Claim(PurePosixPath("app/sequences/numbers.sql"), "numbers")


def test_everything_in_its_place_is_explained(tmp_path: Path) -> None:
    directory = written(tmp_path, FILES)
    assert provenance.unexplained(FACTS, directory) == []
    assert provenance.idle_files(FACTS, directory / "schema.sql") == []


def test_an_object_without_a_file_is_named(tmp_path: Path) -> None:
    files = {name: text for name, text in FILES.items() if "access" not in name}
    assert provenance.unexplained(FACTS, written(tmp_path, files)) == [
        "policy tasks_select_user of table app.tasks is in the database, "
        "and there is no sql/app/access/tasks.sql"
    ]


@pytest.mark.parametrize("kind", ["-- tasks_title_idx", "/* tasks_title_idx */"])
def test_a_mention_in_a_comment_does_not_count(tmp_path: Path, kind: str) -> None:
    text = f"{kind}\ncreate table app.tasks (title text);"
    directory = written(tmp_path, FILES | {"app/tables/tasks.sql": text})
    assert provenance.unexplained(FACTS, directory) == [
        "index tasks_title_idx of table app.tasks is in the database, "
        "and not in sql/app/tables/tasks.sql"
    ]


def test_a_mention_in_a_string_counts(tmp_path: Path) -> None:
    """Roles are made by dynamic SQL: nothing else makes them only once."""
    text = "do $$ begin perform f(array['todo_user']); end $$;"
    directory = written(tmp_path, FILES | {"roles.sql": text})
    assert provenance.unexplained(FACTS, directory) == []


def test_a_file_that_is_not_loaded_or_explains_nothing_is_named(tmp_path: Path) -> None:
    idle = FILES | {"app/functions/gone.sql": "create function app.gone() …;"}
    schema = written(tmp_path, idle) / "schema.sql"
    assert provenance.idle_files(FACTS, schema) == [
        "sql/app/functions/gone.sql explains nothing that is in the database"
    ]
    text = schema.read_text()
    schema.write_text(text.replace("\\ir app/functions/gone.sql\n", "\\ir roles.sql\n"))
    assert provenance.idle_files(FACTS, schema) == [
        "sql/roles.sql is loaded 2 times by sql/schema.sql",
        "sql/app/functions/gone.sql is not loaded by sql/schema.sql",
    ]


def test_tests_mirror_the_files_path_for_path(tmp_path: Path) -> None:
    sources = written(tmp_path / "sql", FILES)
    mirrors = written(tmp_path / "pgtap", FILES | {"fixtures/a.sql": "", "all.sql": ""})
    (mirrors / "schema.sql").unlink()
    assert provenance.unmirrored(sources, mirrors) == []
    (mirrors / "app/functions/f.sql").rename(mirrors / "app/functions/g.sql")
    assert provenance.unmirrored(sources, mirrors) == [
        "sql/app/functions/f.sql has no test tests/pgtap/app/functions/f.sql",
        "tests/pgtap/app/functions/g.sql tests no file sql/app/functions/g.sql",
    ]


def test_files_of_a_difference_are_those_that_are_there(tmp_path: Path) -> None:
    directory = written(tmp_path, FILES)
    keys = ["table app.tasks: grant to todo_user", "table app.gone", "database: owner"]
    assert provenance.files_of(keys, FACTS, directory) == [
        "sql/app/access/tasks.sql",
        "sql/app/tables/tasks.sql",
    ]
