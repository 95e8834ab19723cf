"""The way back is walked, not believed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.python.tools.migrate.folder import Folder
from tools.postgres.binaries import find_bin, read_version
from tools.review.changes import find
from tools.review.proof import Proof, prove

ADD = "alter table s.people add column age int"


@pytest.fixture(scope="session")
def major() -> int:
    """The version that the tests run on."""
    return read_version(find_bin())[0]


def proof(folder: Folder, tmp_path: Path, major: int) -> Proof:
    before = tmp_path / "before"
    before.mkdir()
    return prove(find(folder.path, before), major)


def test_good_way_back(folder: Folder, tmp_path: Path, major: int) -> None:
    folder.add("0002_add_age", ADD, "alter table s.people drop column age")
    found = proof(folder, tmp_path, major)
    assert found.passed
    assert found.lines == [
        "Applied, taken back (0002_add_age), equal to before, applied again, equal."
    ]


def test_way_back_that_forgets(folder: Folder, tmp_path: Path, major: int) -> None:
    sql = f"{ADD}; create index people_age_idx on s.people (age)"
    folder.add("0002_add_age", sql, "drop index s.people_age_idx")
    found = proof(folder, tmp_path, major)
    assert found.passed is False
    assert found.where.endswith("0002_add_age.rollback.sql:1")
    assert any("column age" in line for line in found.lines)


def test_way_back_that_fails(folder: Folder, tmp_path: Path, major: int) -> None:
    folder.add("0002_add_age", ADD, "alter table s.people drop column nothing")
    found = proof(folder, tmp_path, major)
    assert found.passed is False
    assert "nothing" in found.lines[0]


def test_no_way_back_with_a_reason(folder: Folder, tmp_path: Path, major: int) -> None:
    header = "-- irreversible: the ages came from outside\n"
    folder.add("0002_add_age", ADD, None, header=header)
    found = proof(folder, tmp_path, major)
    assert found.passed
    assert found.lines[0].endswith("cannot be taken back: the ages came from outside")


def test_version_that_is_not_here(folder: Folder, tmp_path: Path) -> None:
    found = proof(folder, tmp_path, 14)
    assert found.passed is None
