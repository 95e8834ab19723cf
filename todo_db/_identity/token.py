"""Signs the short-lived tokens by which the database knows whose transaction it is.

The text is `v1.<key id>.<role>.<user>.<scope>.<not before>.<expires>.<mac>`; the
database checks the HMAC-SHA256 with the same key, so that SQL injected into a
transaction of one user cannot pose as another.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from uuid import UUID

    from ..settings import SigningKey

NOBODY: Final = "00000000-0000-0000-0000-000000000000"

# Seconds. The database refuses more than 900 between the two ends.
BACKDATED: Final = 60  # the server's clock may be set back after it was read
GOOD_FOR: Final = 600  # a statement that starts later in its transaction is refused


class Signer:
    """Makes tokens with one key.

    Args:
        key: id and secret of the key.
    """

    def __init__(self, key: SigningKey) -> None:
        self._key = key

    def for_user(self, user_id: UUID, now: float | None = None) -> str:
        """Return a token for *user_id* in the user's own space.

        Args:
            user_id: whose transaction it is.
            now: the server's time in Unix seconds, this machine's if left out.
        """
        return self._sign("user", str(user_id), str(user_id), now)

    def for_call(
        self, function: str, first_argument: str | bytes, now: float | None = None
    ) -> str:
        """Return a token that is good for one function and one first argument.

        Args:
            function: the unqualified name, `sign_up`.
            first_argument: the argument as it is sent; bytes stand in lower-case hex.
            now: the server's time in Unix seconds, this machine's if left out.
        """
        if isinstance(first_argument, bytes):
            first_argument = first_argument.hex()
        scope = hashlib.sha256(f"{function}:{first_argument}".encode()).hexdigest()
        return self._sign("auth", NOBODY, scope, now)

    def _sign(self, role: str, user: str, scope: str, now: float | None) -> str:
        second = int(time.time() if now is None else now)
        times = f"{second - BACKDATED}.{second + GOOD_FOR}"
        text = f"v1.{self._key.id}.{role}.{user}.{scope}.{times}"
        mac = hmac.digest(self._key.secret, text.encode("ascii"), "sha256")
        return f"{text}.{mac.hex()}"
