"""What a request may do before it has a person: the functions for the role todo_auth.

Each function here is a flow: it yields the calls that it needs and returns its result,
so that `Database.auth` and `Database.async_auth` run the same text. The token of a call
is good for its one function and first argument only.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a function of schema `app_auth`, in a transaction of its own.

    Args:
        function: its unqualified name.
        arguments: the first of them is what the token is bound to.
    """

    function: str
    arguments: tuple[str | bytes, ...]


Flow: TypeAlias = Generator[Call, Any, T]


def sign_up(
    *,
    email: str,
    first_name: str,
    last_name: str,
    password_hash: str,
    token_hash: bytes,
    time_zone: str,
) -> Flow[None]:
    """Write down an attempt to sign up; tells nobody whether the address was taken."""
    names = (first_name, last_name)
    yield Call("sign_up", (email, *names, password_hash, token_hash, time_zone))


def find_sign_up(token_hash: bytes) -> Flow[str]:
    """Return the hash to verify the password against that came with a link."""
    password_hash: str = yield Call("find_sign_up", (token_hash,))
    return password_hash


def verify_email(token_hash: bytes, password_hash: str) -> Flow[UUID | None]:
    """Make an account of the attempt whose link and password were shown.

    Returns:
        The new user; None when the token is unknown, used or expired, when that is not
        the hash of its attempt, or when the address has an account already.
    """
    user: UUID | None = yield Call("verify_email", (token_hash, password_hash))
    return user


def find_login(email: str) -> Flow[str]:
    """Return the hash to verify a password against: a decoy for an unknown address."""
    password_hash: str = yield Call("find_login", (email,))
    return password_hash


def log_in(email: str, password_hash: str, refresh_hash: bytes) -> Flow[UUID | None]:
    """Begin a log-in whose password was verified against *password_hash*.

    Returns:
        The user, or None when that is not the hash of the address any more.
    """
    user: UUID | None = yield Call("log_in", (email, password_hash, refresh_hash))
    return user


def rotate_refresh_token(token_hash: bytes, new_token_hash: bytes) -> Flow[UUID | None]:
    """Exchange a refresh token for a new one.

    Returns:
        The user; None when it is unknown, expired or was exchanged for another before,
        which ends its log-in. The same exchange may be asked for again until the new
        token is used.
    """
    user: UUID | None = yield Call("rotate_refresh_token", (token_hash, new_token_hash))
    return user


def log_out(token_hash: bytes) -> Flow[None]:
    """End the log-in that a refresh token belongs to."""
    yield Call("log_out", (token_hash,))


def request_reset(email: str, token_hash: bytes) -> Flow[None]:
    """Prepare a password reset; does the same for an unknown address."""
    yield Call("request_reset", (email, token_hash))


def reset_password(token_hash: bytes, password_hash: str) -> Flow[UUID | None]:
    """Use a reset token; None when it is unknown, used or expired, or for nobody."""
    user: UUID | None = yield Call("reset_password", (token_hash, password_hash))
    return user
