"""A ciphertext is good in its own field, with its key, unchanged; nowhere else."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todo_db import SettingsError
from todo_db.errors import DecryptionFailed

pytest.importorskip("cryptography")
from todo_db.encryption import FieldCipher, field_id

OLD, NEW = "1:" + "11" * 32, "2:" + "22" * 32
HERE = field_id("notes", "body", uuid4(), uuid4())


@given(st.text())
def test_it_is_decrypted_in_its_field(text: str) -> None:
    cipher = FieldCipher.from_text(NEW)
    ciphertext = cipher.encrypt(text, HERE)
    assert cipher.decrypt(ciphertext, HERE) == text
    assert text.encode() not in ciphertext or len(text) < 3


def test_what_was_stored_long_ago_is_decrypted() -> None:
    """One byte of version, two of the key's id, twelve of nonce: rows depend on it."""
    cipher = FieldCipher.from_text(f"258:{bytes(range(32)).hex()}")
    stored = bytes.fromhex(
        "01010271ab4724f28d1dfbde390edb7a7c691faa30e27ff58b0e57eaaeb88a018d5d96df9f3b"
    )
    field = field_id("notes", "body", UUID(int=1), UUID(int=2))
    assert cipher.decrypt(stored, field) == "Grüße"
    assert not cipher.uses_old_key(stored)
    assert FieldCipher.from_text(NEW).uses_old_key(stored)


def test_no_two_ciphertexts_are_alike() -> None:
    cipher = FieldCipher.from_text(NEW)
    assert cipher.encrypt("x", HERE) != cipher.encrypt("x", HERE)


def test_it_is_not_decrypted_elsewhere() -> None:
    cipher, user, row = FieldCipher.from_text(NEW), uuid4(), uuid4()
    ciphertext = cipher.encrypt("diary", field_id("notes", "body", user, row))
    for elsewhere in (
        field_id("notes", "title", user, row),
        field_id("tasks", "body", user, row),
        field_id("notes", "body", uuid4(), row),
        field_id("notes", "body", user, uuid4()),
        b"",
    ):
        with pytest.raises(DecryptionFailed):
            cipher.decrypt(ciphertext, elsewhere)


def test_no_bit_of_it_can_be_changed() -> None:
    cipher = FieldCipher.from_text(f"{NEW},{OLD}")
    ciphertext = cipher.encrypt("diary", HERE)
    for at in range(len(ciphertext) * 8):
        bent = bytearray(ciphertext)
        bent[at // 8] ^= 1 << at % 8
        with pytest.raises(DecryptionFailed):
            cipher.decrypt(bytes(bent), HERE)
    for length in range(len(ciphertext)):
        with pytest.raises(DecryptionFailed):
            cipher.decrypt(ciphertext[:length], HERE)


def test_keys_rotate() -> None:
    before, during, after = map(FieldCipher.from_text, (OLD, f"{NEW}, {OLD}", NEW))
    old = before.encrypt("diary", HERE)
    assert during.decrypt(old, HERE) == "diary"
    assert during.uses_old_key(old)
    new = during.encrypt(during.decrypt(old, HERE), HERE)
    assert not during.uses_old_key(new)
    assert after.decrypt(new, HERE) == "diary"
    with pytest.raises(DecryptionFailed):
        after.decrypt(old, HERE)


@pytest.mark.parametrize("text", ["", "1", "1:22", f"{NEW},", f"{OLD},{OLD}", "x:y"])
def test_wrong_keys_are_not_repeated(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        FieldCipher.from_text(text)
    assert "1111" not in str(caught.value)
