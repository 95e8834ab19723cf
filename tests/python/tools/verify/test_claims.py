"""The command: what it prints, and its exit status."""

from __future__ import annotations

import pytest

from tools.verify import claims
from tools.verify.claims import Proof
from tools.verify.proofs import Ways


def holds(_: Ways) -> list[str]:
    return []


def fails(_: Ways) -> list[str]:
    return ["table app.tasks: owner differs: sql/ says [a], migrations/ says [b]"]


GOOD = Proof("good", "all is well", holds, "nothing")
BAD = Proof("bad", "nothing differs", fails, "make it right")


def test_all_proven_is_status_0(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(claims, "PROOFS", (GOOD, GOOD))
    assert claims.main([]) == 0
    said = capsys.readouterr().out
    assert said.count("proven  all is well") == 2
    assert "2 of 2 proven in" in said


def test_one_refuted_is_status_1_and_says_what_and_what_next(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(claims, "PROOFS", (GOOD, BAD))
    assert claims.main([]) == 1
    said = capsys.readouterr().out
    assert "refuted nothing differs" in said
    assert (
        "      table app.tasks: owner differs: sql/ says [a], migrations/ says [b]"
        in said
    )
    assert "next: make it right" in said
    assert "1 of 2 proven in" in said


def test_only_some_proofs_can_be_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(claims, "PROOFS", (GOOD, BAD))
    assert claims.main(["--only", "good"]) == 0
    with pytest.raises(SystemExit) as caught:
        claims.main(["--only", "other"])
    assert caught.value.code == 2
    assert "invalid choice: 'other'" in capsys.readouterr().err


@pytest.mark.parametrize("major", [15, 18])
def test_a_major_version_can_be_asked_for(
    major: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(claims, "PROOFS", (GOOD,))
    assert claims.main(["--pg", str(major)]) == 0
    assert f"proofs on PostgreSQL {major}." in capsys.readouterr().out


def test_proofs_have_names_of_their_own_and_say_what_to_do() -> None:
    assert len({proof.name for proof in claims.PROOFS}) == len(claims.PROOFS) == 5
    assert all(proof.next and proof.claim for proof in claims.PROOFS)
