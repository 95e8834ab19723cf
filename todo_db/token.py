"""Signs the short-lived tokens by which the database knows whose transaction it is.

The text is `v1.<key id>.<role>.<user>.<scope>.<not before>.<expires>.<mac>`; the
database checks the HMAC-SHA256 with the same key, so that SQL injected into a
transaction of one user cannot pose as another.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from uuid import UUID

    from .settings import SigningKey

NOBODY: Final = "00000000-0000-0000-0000-000000000000"

# Seconds. The database refuses more than 900 between the two ends.
BACKDATED: Final = 60  # a server whose clock is behind must accept it at once
GOOD_FOR: Final = 600  # a statement that starts later in its transaction is refused


class Signer:
    """Makes tokens with one key.

    Args:
        key: id and secret of the key.
        clock: gives Unix seconds; a test may turn it.
    """

    def __init__(self, key: SigningKey, clock: Callable[[], float] = time.time) -> None:
        self._key, self._clock = key, clock

    def for_user(self, user_id: UUID) -> str:
        """Return a token for *user_id* in the user's own space."""
        return self._sign("user", str(user_id), str(user_id))

    def for_call(self, function: str, first_argument: str | bytes) -> str:
        """Return a token that is good for one function and one first argument.

        Args:
            function: the unqualified name, `sign_up`.
            first_argument: the argument as it is sent; bytes stand in lower-case hex.
        """
        if isinstance(first_argument, bytes):
            first_argument = first_argument.hex()
        scope = hashlib.sha256(f"{function}:{first_argument}".encode()).hexdigest()
        return self._sign("auth", NOBODY, scope)

    def _sign(self, role: str, user: str, scope: str) -> str:
        now = int(self._clock())
        times = f"{now - BACKDATED}.{now + GOOD_FOR}"
        text = f"v1.{self._key.id}.{role}.{user}.{scope}.{times}"
        mac = hmac.digest(self._key.secret, text.encode("ascii"), "sha256")
        return f"{text}.{mac.hex()}"
