"""Working on a migration: edited, and applied again by one command."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.python.tools.migrate.folder import Base, Folder
from tools.console import Failure
from tools.console.reporter import Reporter
from tools.migrate.commands import main
from tools.migrate.options import Options
from tools.migrate.redo import redo


def git(folder: Folder, *words: str) -> None:
    author = ("-c", "user.name=x", "-c", "user.email=x@example.org")
    command = ["git", "-C", str(folder.path), *author, *words]
    subprocess.run(command, check=True, capture_output=True)


@pytest.fixture
def two(base: Base, folder: Folder) -> Folder:
    """Two migrations, applied to *base*, in a checkout; the first one is released."""
    folder.add("0001_add_a", "create table a (id int)", "drop table a;")
    git(folder, "init", "-q", "-b", "work")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "one")
    git(folder, "tag", "v1")
    folder.add("0002_add_b", "create table b (id int)", "drop table b;")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "two")
    base.apply(folder)
    return folder


def again(base: Base, folder: Folder, *, by_file: bool = False) -> str:
    report = Reporter(quiet=True)
    return redo(base.url, folder.path, report, Options(), by_file=by_file)


def columns(base: Base, table: str) -> list[str]:
    return base.column(
        "select attname::text from pg_attribute"
        f" where attrelid = '{table}'::regclass and attnum > 0 order by attnum"
    )


def test_the_edited_file_is_applied(base: Base, two: Folder) -> None:
    """The rollback that was applied takes it back, not the one of the edit."""
    two.edit("0002_add_b.sql", "table b (id int)", "table c (id int, x int)")
    two.edit("0002_add_b.rollback.sql", "table b", "table c")
    assert again(base, two) == "0002_add_b"
    assert base.tables() == ["public.a", "public.c"]
    assert columns(base, "c") == ["id", "x"]
    assert base.marks() == ["0001_add_a", "0002_add_b"]
    assert base.apply(two) == []
    log = base.column("select operation from todo_migrations._yoyo_log order by id")
    assert sorted(log) == ["apply", "apply", "apply", "rollback"]


def test_a_kind_may_change(base: Base, two: Folder) -> None:
    two.write(
        "0002_add_b.sql",
        "-- depends: 0001_add_a\n-- transactional: false\n"
        "create table b (id int); create table c ();",
    )
    two.write(
        "0002_add_b.rollback.sql", "drop table if exists c; drop table if exists b;"
    )
    again(base, two)
    two.write("0002_add_b.sql", "-- depends: 0001_add_a\ncreate table d (id int);")
    two.write("0002_add_b.rollback.sql", "drop table d;")
    again(base, two)
    assert base.tables() == ["public.a", "public.d"]


def test_half_of_a_file_is_taken_back(base: Base, two: Folder) -> None:
    two.add(
        "0003_make_steps",
        "create table s (); create table t (x nothing)",
        "drop table if exists t; drop table if exists s;",
        header="-- transactional: false",
    )
    with pytest.raises(Failure, match="1 of 2 statements"):
        base.apply(two)
    header = "-- depends: 0002_add_b\n-- transactional: false\n"
    two.write("0003_make_steps.sql", f"{header}create table u ();")
    two.write("0003_make_steps.rollback.sql", "drop table if exists u;")
    assert again(base, two) == "0003_make_steps"
    assert base.tables() == ["public.a", "public.b", "public.u"]


def test_a_released_one_is_refused(base: Base, two: Folder, tmp_path: Path) -> None:
    git(two, "tag", "v2-rc1")
    two.edit("0002_add_b.sql", "id int", "id int, x int")
    with pytest.raises(Failure, match=r"0002_add_b is released: v2-rc1 has it"):
        again(base, two)
    git(two, "tag", "-d", "v2-rc1")
    origin = tmp_path / "origin.git"
    git(two, "clone", "-q", "--bare", ".", str(origin))
    git(two, "remote", "add", "origin", str(origin))
    git(two, "push", "-q", "origin", "work:main")
    git(two, "fetch", "-q", "origin")
    with pytest.raises(Failure, match=r"is released: origin/main has it") as caught:
        again(base, two)
    assert "make new" in (caught.value.next or "")
    assert columns(base, "b") == ["id"]
    git(two, "remote", "remove", "origin")
    again(base, two)
    assert columns(base, "b") == ["id", "x"]
    with pytest.raises(Failure, match=r"released: v1 has it"):
        base.rollback(two)
        again(base, two)


def test_without_git_nothing_is_taken_back(base: Base, folder: Folder) -> None:
    folder.add("0001_add_a", "create table a (id int)", "drop table a;")
    base.apply(folder)
    folder.edit("0001_add_a.sql", "id int", "id int, x int")
    with pytest.raises(Failure, match="git cannot say whether"):
        again(base, folder)
    assert columns(base, "a") == ["id"]


def test_a_bad_edit_is_refused_before_anything(base: Base, two: Folder) -> None:
    two.edit("0002_add_b.sql", "create table b (id int)", "create tabel b")
    with pytest.raises(Failure, match="syntax error"):
        again(base, two)
    assert base.tables() == ["public.a", "public.b"]
    two.edit("0002_add_b.sql", "create tabel b", "create table b (x nothing)")
    with pytest.raises(Failure, match="42704"):
        again(base, two)
    assert base.tables() == ["public.a"]
    two.edit("0002_add_b.sql", "nothing", "int")
    assert base.apply(two) == ["0002_add_b"]


def test_an_edit_of_another_file_is_refused(base: Base, two: Folder) -> None:
    two.edit("0001_add_a.sql", "id int", "id int, x int")
    with pytest.raises(Failure, match=r"0001_add_a\.sql was edited"):
        again(base, two)
    assert base.tables() == ["public.a", "public.b"]


def test_a_wrong_rollback_is_mended(base: Base, two: Folder) -> None:
    two.add("0003_add_c", "create table c ()", "drop table cc;")
    base.apply(two)
    with pytest.raises(Failure, match="42P01"):
        again(base, two)
    two.edit("0003_add_c.rollback.sql", "cc", "c")
    assert again(base, two, by_file=True) == "0003_add_c"


def test_the_command_asks(
    base: Base, two: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", base.url)
    two.edit("0002_add_b.sql", "id int", "id int, x int")
    words = ["redo", "--directory", str(two.path)]
    with pytest.raises(Failure, match="no terminal to ask"):
        main(words)
    assert columns(base, "b") == ["id"]
    assert main([*words, "--yes"]) == 0
    assert columns(base, "b") == ["id", "x"]


def test_an_empty_address_is_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret that was not found must not lead to the private server."""
    for empty in ("", "  "):
        monkeypatch.setenv("DATABASE_URL", empty)
        for command in ("apply", "status", "rollback"):
            with pytest.raises(
                Failure, match="DATABASE_URL is set and empty"
            ) as caught:
                main([command])
            assert "unset DATABASE_URL" in (caught.value.next or "")
