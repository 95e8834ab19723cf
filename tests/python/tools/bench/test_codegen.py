"""The benchmark of the generator measures the same tables on both sides."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.python.tools.codegen.conftest import database_of
from tools import catalog
from tools.bench.codegen import _print, _rounds
from tools.bench.many_tables import by_hand, script
from tools.console import Failure
from tools.postgres.cluster import Cluster

_COLUMNS = """\
from by_hand import SQLModel
from sqlalchemy.orm import configure_mappers
configure_mappers()
for table in SQLModel.metadata.tables.values():
    for column in table.columns:
        print(f"{table.fullname}: column {column.name}")
"""


def test_the_module_by_hand_has_the_tables_of_the_schema(
    cluster: Cluster, tmp_path: Path
) -> None:
    sql = script(4).replace("create role todo_user;", "").replace("todo_user", "public")
    with database_of(cluster, "bench_codegen", sql) as url:
        facts = catalog.facts(url, schemas=["app"], kinds=["columns"])
    (tmp_path / "by_hand.py").write_text(by_hand(4), "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", _COLUMNS], cwd=tmp_path, capture_output=True, text=True
    )
    here = set(done.stdout.splitlines())
    there = {
        key.removeprefix("table ").removesuffix(": type")
        for key in facts
        if key.endswith(": type")
    }
    assert here == there and len(here) == 4 * 12, done.stderr


def test_a_way_that_fails_is_not_timed(tmp_path: Path) -> None:
    ways = {"good": ["-c", ""], "bad": ["-c", "raise SystemExit('no')"]}
    with pytest.raises(Failure, match="bad failed: no"):
        _rounds(ways, 1, tmp_path)


def test_ratios_are_those_of_the_medians(capsys: pytest.CaptureFixture[str]) -> None:
    assert _print("Times", {"one": [1, 2, 9], "other": [3, 3, 3]}, "s") == [2, 3]
    assert "1.50" in capsys.readouterr().out
