"""Sign-up and log-in as an API needs them: with passwords and secrets in plain form.

    login = db.auth(accounts.log_in(email="ada@example.org", password="…"))

The functions are flows over `auth`: `Database.auth` and `Database.async_auth` run them.
Secrets are made here and handed out once; the database sees their hashes alone.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final
from uuid import UUID

from . import auth, passwords
from .auth import Flow
from .errors import MisuseError

_SHORTEST: Final = 43  # characters; 256 random bits in base64


@dataclass(frozen=True, slots=True)
class Login:
    """A person who is logged in.

    Attributes:
        user_id: who.
        refresh_token: a secret that continues the log-in once, through `refresh`.
    """

    user_id: UUID
    refresh_token: str = field(repr=False)


def sign_up(
    *,
    email: str,
    password: str,
    first_name: str = "",
    last_name: str = "",
    time_zone: str = "UTC",
) -> Flow[str]:
    """Write down an attempt to sign up, which `verify_email` makes an account of.

    Returns:
        The secret to send to *email* and to nobody else. It is made for a taken address
        too, and then opens nothing.

    Raises:
        PasswordUnusable: the password is empty or too long.
    """
    token = _new_secret()
    yield from auth.sign_up(
        email=email,
        first_name=first_name,
        last_name=last_name,
        password_hash=passwords.make_hash(password),
        token_hash=_digest(token),
        time_zone=time_zone,
    )
    return token


def verify_email(token: str, *, password: str) -> Flow[UUID | None]:
    """Verify the address that *token* was sent to, and make the account.

    Args:
        token: the secret of the mail.
        password: the one that was chosen at that sign-up. Ask for it where the link
            leads: whoever signs up with somebody else's address does not know the link,
            and the person whose address it is does not know the password, so that
            neither of them can finish it by mistake.

    Returns:
        The new user; None for a link that opens nothing, a wrong password, and an
        address that has an account already.
    """
    stored = yield from auth.find_sign_up(_digest(token))
    if not passwords.verify(stored, password):
        return None
    return (yield from auth.verify_email(_digest(token), stored))


def log_in(*, email: str, password: str) -> Flow[Login | None]:
    """Log in.

    Returns:
        The log-in; None for a wrong password, an unknown and an unverified address
        alike, and for every password when an address was tried too often: ten times at
        once, then once in six minutes, until a new password is set by a mailed link.
    """
    stored = yield from auth.find_login(email)
    if not passwords.verify(stored, password):
        return None
    token = _new_secret()
    user = yield from auth.log_in(email, stored, _digest(token))
    return None if user is None else Login(user, token)


def refresh(token: str, *, following: str | None = None) -> Flow[Login | None]:
    """Continue a log-in with its refresh token, which is used up.

    Args:
        token: the refresh token that was handed out last.
        following: the next one, if the client makes it itself, from 256 random bits:
            a client that has lost the answer may then ask again with the same two.

    Returns:
        The log-in with the next token, or None. A token that comes again with another
        following one was copied by somebody, so that its log-in ends on all sides.

    Raises:
        MisuseError: *following* is shorter than a secret that nobody can guess.
    """
    if following is None:
        following = _new_secret()
    elif len(following) < _SHORTEST:
        raise MisuseError(f"a refresh token has at least {_SHORTEST} characters")
    user = yield from auth.rotate_refresh_token(_digest(token), _digest(following))
    return None if user is None else Login(user, following)


def log_out(token: str) -> Flow[None]:
    """End the log-in that refresh token *token* belongs to."""
    yield from auth.log_out(_digest(token))


def request_reset(email: str) -> Flow[str]:
    """Prepare a password reset.

    Returns:
        The secret to send to *email*; for an unknown address it opens nothing. Links
        that were sent before stay good until one of them is used.
    """
    token = _new_secret()
    yield from auth.request_reset(email, _digest(token))
    return token


def reset_password(*, token: str, password: str) -> Flow[UUID | None]:
    """Set a new password and end all log-ins; None when *token* opens nothing.

    Raises:
        PasswordUnusable: the password is empty or too long.
    """
    password_hash = passwords.make_hash(password)
    return (yield from auth.reset_password(_digest(token), password_hash))


def _new_secret() -> str:
    return secrets.token_urlsafe(32)


def _digest(secret: str) -> bytes:
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()
