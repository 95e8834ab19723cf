"""Encrypts single columns, for what even an operator of the database may not read.

AES-256-GCM through `cryptography`, the extra `todo-db[sealing]`. A sealed value is
bound to its table, column, space and row: moved elsewhere it does not open. It names
its key, so that keys rotate: old values open as long as their key is kept, and new ones
are sealed with the newest.

    keys = Sealer.from_text("2:<64 hex digits>,1:<64 hex digits>")
    note.body = keys.seal("my diary", place("notes", "body", user_id, note.id))
    text = keys.open(note.body, place("notes", "body", user_id, note.id))

What is sealed cannot be searched, sorted or checked by the database.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final
from uuid import UUID

from .errors import SettingsError, Unsealable

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_KEY: Final = re.compile(r"\A([0-9]{1,4}):([0-9a-f]{64})\Z", re.ASCII)
_VERSION: Final = 1
_HEADER: Final = 3  # bytes: version, two of the key id
_NONCE: Final = 12  # bytes; random, good for 2**32 values of one key (NIST SP 800-38D)


def place(table: str, column: str, user_id: UUID, row_id: UUID) -> bytes:
    """Return the name of the one place where a sealed value may stand."""
    return f"{table}.{column}/{user_id}/{row_id}".encode()


class Sealer:
    """Seals with the newest of its keys, and opens with any.

    Args:
        keys: id and 32 bytes of each; the first one is the newest.
    """

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._newest = next(iter(keys))
        self._keys: dict[int, AESGCM] = {id_: AESGCM(k) for id_, k in keys.items()}

    @classmethod
    def from_text(cls, text: str) -> Sealer:
        """Read keys as `<id>:<64 hex digits>`, separated by commas, newest first.

        Raises:
            SettingsError: it is not that; the message repeats no key.
        """
        found = [_KEY.match(part.strip()) for part in text.split(",")]
        keys = {int(each[1]): bytes.fromhex(each[2]) for each in found if each}
        if len(keys) != len(found):
            raise SettingsError(
                "sealing keys are <id>:<64 lower-case hex digits>, separated by commas"
            )
        return cls(keys)

    def seal(self, text: str, where: bytes) -> bytes:
        """Return *text* sealed for the place *where*."""
        header = bytes([_VERSION]) + self._newest.to_bytes(2)
        nonce = os.urandom(_NONCE)
        sealed = self._keys[self._newest].encrypt(nonce, text.encode(), header + where)
        return header + nonce + sealed

    def open(self, sealed: bytes, where: bytes) -> str:
        """Return the text of *sealed*, which stands at *where*.

        Raises:
            Unsealable: it was changed or moved, or its key is gone.
        """
        from cryptography.exceptions import InvalidTag

        header, nonce = sealed[:_HEADER], sealed[_HEADER : _HEADER + _NONCE]
        key = self._keys.get(int.from_bytes(header[1:]))
        if len(nonce) < _NONCE or header[0] != _VERSION or key is None:
            raise Unsealable("the value was not sealed with one of these keys")
        try:
            return key.decrypt(
                nonce, sealed[_HEADER + _NONCE :], header + where
            ).decode()
        except InvalidTag:
            raise Unsealable("the value was changed, or stands elsewhere") from None

    def is_stale(self, sealed: bytes) -> bool:
        """Return whether *sealed* should be sealed again, with the newest key."""
        return int.from_bytes(sealed[1:_HEADER]) != self._newest
