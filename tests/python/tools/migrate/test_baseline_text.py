"""The baseline is written from sql/, and is not written again once it is released."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.console import Failure
from tools.migrate import baseline_text
from tools.project import MIGRATIONS, SCHEMA


def test_the_committed_baseline_is_what_sql_says() -> None:
    if baseline_text.released(MIGRATIONS):
        pytest.skip("it is released, hence history")
    committed = MIGRATIONS / f"{baseline_text.ID}.sql"
    assert committed.read_text() == baseline_text.text(SCHEMA), "make squash"


def test_files_stand_in_order_as_their_owners(tmp_path: Path) -> None:
    (tmp_path / "one.sql").write_text("-- Why one.\n\nselect 1;\n")
    (tmp_path / "two.sql").write_text("-- Why two.\n\nselect 2;\n")
    schema = tmp_path / "schema.sql"
    schema.write_text(
        "-- About this page.\n\n\\ir one.sql\nset role todo_owner;\n"
        "-- A group.\n\\ir two.sql\nreset role;\n"
    )
    text = baseline_text.text(schema)
    assert "About this page" not in text
    wanted = [
        "set local lock_timeout = '2s';",
        "-- sql/one.sql",
        "-- Why one.",
        "select 1;",
        "set local role todo_owner;",
        "-- A group.",
        "-- sql/two.sql",
        "-- Why two.",
        "select 2;",
        "reset role;",
    ]
    assert [line for line in text.splitlines()[2:] if line] == wanted


def test_psql_commands_are_refused_by_line(tmp_path: Path) -> None:
    schema = tmp_path / "schema.sql"
    schema.write_text("select 1;\n\\set x 1\n")
    with pytest.raises(Failure, match=r"psql.s .set") as refused:
        baseline_text.text(schema)
    assert refused.value.where == f"{schema}:2"


def test_other_migrations_are_not_passed_over(tmp_path: Path) -> None:
    (tmp_path / "0002_add_colour.sql").write_text("select 1;\n")
    with pytest.raises(Failure, match="other migrations, 0002_add_colour"):
        baseline_text.write(tmp_path, SCHEMA)
    assert not (tmp_path / f"{baseline_text.ID}.sql").exists()


def test_a_released_one_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(baseline_text, "released", lambda _: ["v1.0.0"])
    with pytest.raises(Failure, match=r"is released: it is in v1\.0\.0"):
        baseline_text.write(tmp_path, SCHEMA)
