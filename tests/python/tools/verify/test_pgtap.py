"""The runner of the pgTAP tests: a broken or an empty test never passes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.console import Failure
from tools.verify import pgtap

FORM = "begin;\nset local search_path = tap, pg_catalog;\n{}\nrollback;\n"


def write(place: Path, name: str, body: str) -> str:
    """Write a test file."""
    file = place / name
    file.write_text(FORM.format(body))
    return str(file)


def test_only_what_holds_passes(place: Path, capfd: pytest.CaptureFixture[str]) -> None:
    good = "select plan(1); select ok(true, 'holds'); select finish();"
    files = [
        write(place, "good.sql", good),
        write(place, "false.sql", good.replace("true", "false")),
        write(place, "short.sql", good.replace("plan(1)", "plan(2)")),
        write(place, "error.sql", "select plan(1); select 1/0;"),
        write(place, "empty.sql", ""),
    ]
    assert pgtap.main(files) != 0
    said = capfd.readouterr().out
    summary = said.partition("Test Summary Report")[2]
    assert "good.sql" not in summary
    for name in ("false.sql", "short.sql", "error.sql", "empty.sql"):
        assert name in summary, said


def test_the_oldest_version_runs_too(
    place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    body = (
        "select plan(1); select matches(version(), '^PostgreSQL 15'); select finish();"
    )
    assert pgtap.main(["--pg", "15", write(place, "version.sql", body)]) == 0
    assert "Result: PASS" in capfd.readouterr().out


def test_fixtures_are_no_tests(tmp_path: Path) -> None:
    found = pgtap.find_tests([pgtap.SUITE])
    assert found
    assert not [file for file in found if "fixtures" in file.parts]


def test_no_test_at_all_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="no pgTAP test"):
        pgtap.find_tests([tmp_path])
    with pytest.raises(Failure, match="there is no"):
        pgtap.find_tests([tmp_path / "missing"])
