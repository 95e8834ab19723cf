"""After a run: what is said about the database and sql/."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.python.tools.migrate.folder import Base
from tools.migrate import endstate, expected

TABLE = "create table t (id int primary key)"


@pytest.fixture
def schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory in place of sql/, and one in place of build/."""
    monkeypatch.setattr(expected, "BUILD", tmp_path / "build")
    (tmp_path / "sql").mkdir()
    path = tmp_path / "sql" / "schema.sql"
    path.write_text("\\set ON_ERROR_STOP on\n\\ir t.sql\n")
    (tmp_path / "sql" / "t.sql").write_text(f"{TABLE};\n")
    return path


def test_equal_is_said_and_kept(
    base: Base, schema: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base.run(TABLE)
    (said,) = endstate.told(base.url, schema)
    assert said.startswith("schema: as sql/ says, ")

    def forbidden(*_: object) -> None:
        raise AssertionError("it is known already")

    monkeypatch.setattr(expected, "throwaway", forbidden)
    assert endstate.told(base.url, schema) == [said]
    schema.with_name("t.sql").write_text(f"{TABLE};\ncreate table u ();\n")
    with pytest.raises(AssertionError, match="it is known already"):
        endstate.told(base.url, schema)


def test_differences_are_told_and_counted(base: Base, schema: Path) -> None:
    base.run(f"{TABLE}; alter table t add column v text")
    said = endstate.told(base.url, schema)
    assert said[0].startswith("schema: differs from sql/ in ")
    assert "column v" in said[1]
    base.run("".join(f"create table more_{n} ();" for n in range(9)))
    said = endstate.told(base.url, schema)
    assert len(said) == 7
    assert said[-1].startswith("  … and ")


def test_a_schema_that_does_not_load_is_no_failure_of_the_run(
    base: Base, schema: Path
) -> None:
    schema.with_name("t.sql").write_text("create table t (id nothing);\n")
    (said,) = endstate.told(base.url, schema)
    assert said.startswith("schema: not compared with sql/: sql/ does not load")


def test_a_build_directory_that_cannot_be_written_is_no_failure(
    base: Base, schema: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema.with_name("build").write_text("a file")
    monkeypatch.setattr(expected, "BUILD", schema.with_name("build"))
    base.run(TABLE)
    assert "as sql/ says" in endstate.told(base.url, schema)[0]
