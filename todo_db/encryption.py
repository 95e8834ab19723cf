"""Encrypts single columns, for what even an operator of the database may not read.

AES-256-GCM through `cryptography`, the extra `todo-db[encryption]`. A ciphertext is
bound to its table, column, user and row: copied elsewhere it cannot be decrypted. It
names its key, so that keys rotate: old values can be read as long as their key is kept,
and new ones are encrypted with the newest.

    cipher = FieldCipher.from_text("2:<64 hex digits>,1:<64 hex digits>")
    note.body = cipher.encrypt("my diary", field_id("notes", "body", user_id, note.id))
    text = cipher.decrypt(note.body, field_id("notes", "body", user_id, note.id))

The database cannot search, sort or check what is encrypted.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final
from uuid import UUID

from .errors import DecryptionFailed, SettingsError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_KEY: Final = re.compile(r"\A([0-9]{1,4}):([0-9a-f]{64})\Z", re.ASCII)
_VERSION: Final = 1
_HEADER: Final = 3  # bytes: version, two of the key id
_NONCE: Final = 12  # bytes; random, good for 2**32 values of one key (NIST SP 800-38D)


def field_id(table: str, column: str, user_id: UUID, row_id: UUID) -> bytes:
    """Return the name of one field, the only one where its ciphertext is valid."""
    return f"{table}.{column}/{user_id}/{row_id}".encode()


class FieldCipher:
    """Encrypts with the newest of its keys, and decrypts with any.

    Args:
        keys: id and 32 bytes of each; the first one is the newest.
    """

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._newest = next(iter(keys))
        self._keys: dict[int, AESGCM] = {id_: AESGCM(k) for id_, k in keys.items()}

    @classmethod
    def from_text(cls, text: str) -> FieldCipher:
        """Read keys as `<id>:<64 hex digits>`, separated by commas, newest first.

        Raises:
            SettingsError: it is not that; the message repeats no key.
        """
        found = [_KEY.match(part.strip()) for part in text.split(",")]
        keys = {int(each[1]): bytes.fromhex(each[2]) for each in found if each}
        if len(keys) != len(found):
            raise SettingsError(
                "encryption keys are <id>:<64 lower-case hex digits>, "
                "separated by commas"
            )
        return cls(keys)

    def encrypt(self, text: str, field: bytes) -> bytes:
        """Return the ciphertext of *text* for *field*, a `field_id`."""
        header = bytes([_VERSION]) + self._newest.to_bytes(2)
        nonce = os.urandom(_NONCE)
        sealed = self._keys[self._newest].encrypt(nonce, text.encode(), header + field)
        return header + nonce + sealed

    def decrypt(self, ciphertext: bytes, field: bytes) -> str:
        """Return the text of *ciphertext*, which was read from *field*.

        Raises:
            DecryptionFailed: it was changed or moved, or its key is gone.
        """
        from cryptography.exceptions import InvalidTag

        header, rest = ciphertext[:_HEADER], ciphertext[_HEADER:]
        nonce, sealed = rest[:_NONCE], rest[_NONCE:]
        key = self._keys.get(int.from_bytes(header[1:]))
        if len(nonce) < _NONCE or header[0] != _VERSION or key is None:
            raise DecryptionFailed("the value was not encrypted with one of these keys")
        try:
            return key.decrypt(nonce, sealed, header + field).decode()
        except InvalidTag:
            raise DecryptionFailed(
                "the value was changed, or belongs to another field"
            ) from None

    def uses_old_key(self, ciphertext: bytes) -> bool:
        """Return whether *ciphertext* was not encrypted with the newest key."""
        return int.from_bytes(ciphertext[1:_HEADER]) != self._newest
