"""A sealed value opens in its place, with its key, unchanged; and nowhere else."""

from __future__ import annotations

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todo_db import SettingsError
from todo_db.errors import Unsealable

pytest.importorskip("cryptography")
from todo_db.sealing import Sealer, place

OLD, NEW = "1:" + "11" * 32, "2:" + "22" * 32
HERE = place("notes", "body", uuid4(), uuid4())


@given(st.text())
def test_it_opens_in_its_place(text: str) -> None:
    sealer = Sealer.from_text(NEW)
    sealed = sealer.seal(text, HERE)
    assert sealer.open(sealed, HERE) == text
    assert text.encode() not in sealed or len(text) < 3


def test_it_is_never_sealed_alike() -> None:
    sealer = Sealer.from_text(NEW)
    assert sealer.seal("x", HERE) != sealer.seal("x", HERE)


def test_it_does_not_open_elsewhere() -> None:
    sealer, user, row = Sealer.from_text(NEW), uuid4(), uuid4()
    sealed = sealer.seal("diary", place("notes", "body", user, row))
    for elsewhere in (
        place("notes", "title", user, row),
        place("tasks", "body", user, row),
        place("notes", "body", uuid4(), row),
        place("notes", "body", user, uuid4()),
        b"",
    ):
        with pytest.raises(Unsealable):
            sealer.open(sealed, elsewhere)


def test_no_bit_of_it_can_be_changed() -> None:
    sealer = Sealer.from_text(f"{NEW},{OLD}")
    sealed = sealer.seal("diary", HERE)
    for at in range(len(sealed) * 8):
        bent = bytearray(sealed)
        bent[at // 8] ^= 1 << at % 8
        with pytest.raises(Unsealable):
            sealer.open(bytes(bent), HERE)
    for length in range(len(sealed)):
        with pytest.raises(Unsealable):
            sealer.open(sealed[:length], HERE)


def test_keys_rotate() -> None:
    before, during, after = map(Sealer.from_text, (OLD, f"{NEW}, {OLD}", NEW))
    old = before.seal("diary", HERE)
    assert during.open(old, HERE) == "diary"
    assert during.is_stale(old)
    new = during.seal(during.open(old, HERE), HERE)
    assert not during.is_stale(new)
    assert after.open(new, HERE) == "diary"
    with pytest.raises(Unsealable):
        after.open(old, HERE)


@pytest.mark.parametrize("text", ["", "1", "1:22", f"{NEW},", f"{OLD},{OLD}", "x:y"])
def test_wrong_keys_are_not_repeated(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Sealer.from_text(text)
    assert "1111" not in str(caught.value)
