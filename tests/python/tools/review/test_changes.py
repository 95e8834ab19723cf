"""Which migrations are under review: by git, by a database, or the last one."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.python.tools.migrate.folder import Folder
from tools import migrate
from tools.console import Failure
from tools.review.changes import Change, find


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """A directory for the migrations before the change."""
    made = tmp_path / "before"
    made.mkdir()
    return made


@pytest.fixture
def repository(folder: Folder) -> Folder:
    """A checkout whose main branch holds two migrations; another branch is out."""
    folder.add("0002_add_column", "alter table s.people add column a int")
    git(folder, "init", "--quiet", "--initial-branch", "main")
    commit(folder)
    git(folder, "checkout", "--quiet", "-b", "topic")
    return folder


def git(folder: Folder, *words: str) -> None:
    name = ("-c", "user.name=x", "-c", "user.email=x@example.org")
    command = ["git", "-C", str(folder.path), *name, *words]
    subprocess.run(command, check=True, capture_output=True)


def commit(folder: Folder) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "x")


def ids(change: Change) -> list[str]:
    return [file.id for file in change.files]


def test_new_files_of_the_branch(repository: Folder, before: Path) -> None:
    repository.add("0003_add_more", "select 1")
    commit(repository)
    repository.add("0004_add_most", "select 2")  # not committed yet
    change = find(repository.path, before)
    assert ids(change) == ["0003_add_more", "0004_add_most"]
    assert change.base.startswith("the main branch (")
    assert sorted(path.name for path in before.glob("0*.sql")) == [
        "0001_create_base.rollback.sql",
        "0001_create_base.sql",
        "0002_add_column.rollback.sql",
        "0002_add_column.sql",
    ]


def test_main_may_have_gone_on(repository: Folder, before: Path) -> None:
    repository.add("0003_add_more", "select 1")
    commit(repository)
    git(repository, "checkout", "--quiet", "main")
    repository.add("0003_add_other", "select 2")
    commit(repository)
    git(repository, "checkout", "--quiet", "topic")
    assert ids(find(repository.path, before)) == ["0003_add_more"]


def test_edited_file_and_what_follows(repository: Folder, before: Path) -> None:
    repository.add("0003_add_more", "select 1")
    commit(repository)
    repository.edit("0002_add_column.sql", "column a int", "column a bigint")
    change = find(repository.path, before, base="HEAD")
    assert ids(change) == ["0002_add_column", "0003_add_more"]
    assert change.edited == ("0002_add_column",)
    assert not (before / "0002_add_column.sql").exists()


def test_edited_rollback_counts(repository: Folder, before: Path) -> None:
    repository.edit("0002_add_column.rollback.sql", "select 1", "select 2")
    assert find(repository.path, before).edited == ("0002_add_column",)


def test_removed_file(repository: Folder, before: Path) -> None:
    for path in repository.path.glob("0002*"):
        path.unlink()
    change = find(repository.path, before)
    assert change.removed == ("0002_add_column",)
    assert change.files == ()


def test_unknown_ref_is_refused(repository: Folder, before: Path) -> None:
    with pytest.raises(Failure, match="no commit 'nowhere'"):
        find(repository.path, before, base="nowhere")


def test_nothing_differs_from_a_ref(repository: Folder, before: Path) -> None:
    assert find(repository.path, before, base="main").files == ()


def test_last_one_where_all_is_on_main(repository: Folder, before: Path) -> None:
    change = find(repository.path, before)
    assert ids(change) == ["0002_add_column"]
    assert len(list(before.iterdir())) == 2


def test_pending_of_a_database(repository: Folder, before: Path, url: str) -> None:
    migrate.apply(url, directory=repository.path, until="0001")
    change = find(repository.path, before, url=url)
    assert ids(change) == ["0002_add_column"]
    assert change.base == "what the database has applied"


def test_last_one_where_nothing_else_is_known(folder: Folder, before: Path) -> None:
    folder.add("0002_add_column", "select 1")
    change = find(folder.path, before, url="postgresql://nobody@/x?host=/nowhere")
    assert ids(change) == ["0002_add_column"]
    assert (before / "0001_create_base.sql").exists()
