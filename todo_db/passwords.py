"""Password hashes: Argon2id with the second recommended parameters of RFC 9106.

The parameters are fixed, because the database answers for an unknown address with a
decoy of the same ones: whoever measures the time of a log-in learns nothing. Needs the
extra `todo-db[passwords]`.
"""

from __future__ import annotations

import os
import threading
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Final

from .errors import PasswordUnusable

if TYPE_CHECKING:
    from argon2 import PasswordHasher

LONGEST: Final = 1000  # characters; more is an attack, not a password

# Each hash takes 64 MiB for as long as it is worked on.
_places: Final = threading.BoundedSemaphore(os.cpu_count() or 1)


def make_hash(password: str) -> str:
    """Return the hash of *password* in PHC form.

    Raises:
        PasswordUnusable: it is empty or too long.
    """
    plain = _plain(password)
    if not plain or len(password) > LONGEST:
        raise PasswordUnusable(f"a password has 1 to {LONGEST} characters")
    with _places:
        return _hasher().hash(plain)


def verify(stored: str, password: str) -> bool:
    """Return whether *stored* is the hash of *password*; a wrong one takes as long."""
    from argon2.exceptions import VerifyMismatchError

    with _places:
        try:
            plain = _plain(password) if len(password) <= LONGEST else b""
            return _hasher().verify(stored, plain)
        except VerifyMismatchError:
            return False


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher, Type

    return PasswordHasher(
        time_cost=3,
        memory_cost=64 * 1024,  # KiB
        parallelism=4,
        hash_len=32,
        salt_len=16,
        type=Type.ID,
    )


def _plain(password: str) -> bytes:
    """Let the same characters be the same bytes on every keyboard (NIST SP 800-63B)."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
