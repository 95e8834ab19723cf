"""The tour says what is in its way in a sentence, and begins nothing then."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.python.campaigns.newcomer import pages
from tests.python.databases import PASSWORD, SIGNING_KEY, as_app
from tools.console import Failure
from tools.dev import tour


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What this machine's .env says does not count."""
    monkeypatch.setattr(tour, "ENV_FILE", tmp_path / ".env")
    monkeypatch.delenv("TODO_DATABASE_URL", raising=False)
    monkeypatch.setenv("TODO_SIGNING_KEY", SIGNING_KEY)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "must start with postgresql://"),
        ("postgresql://todo_app:secret@127.0.0.1:1/x", "no answer from the database"),
    ],
)
def test_an_address_that_leads_nowhere(
    monkeypatch: pytest.MonkeyPatch, url: str, said: str
) -> None:
    monkeypatch.setenv("TODO_DATABASE_URL", url)
    with pytest.raises(Failure, match=said) as caught:
        tour.main([])
    assert caught.value.next
    assert "secret" not in f"{caught.value.what} {caught.value.where}"


def test_without_an_address_it_names_the_command() -> None:
    with pytest.raises(Failure, match="TODO_DATABASE_URL is not set") as caught:
        tour.main([])
    assert "make migrate" in (caught.value.next or "")


def test_it_can_be_taken_again(
    database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TODO_DATABASE_URL", as_app(database))
    assert (tour.main([]), tour.main([])) == (0, 0)
    said = capsys.readouterr().out
    assert said.count("Everything was as promised.") == 2
    told = next(t for _, t in pages.blocks("README.md", "") if "Ada signs up" in t)
    assert [part for part in told.split("  …\n") if part not in said] == []


def test_a_wrong_password_is_said_at_once(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = as_app(database).replace(PASSWORD, "wrong")
    monkeypatch.setenv("TODO_DATABASE_URL", wrong)
    with pytest.raises(Failure, match="does not take the password") as caught:
        tour.main([])
    assert "make credentials" in f"{caught.value.what} {caught.value.next}"
