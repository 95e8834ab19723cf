"""Asks a server by SCRAM-SHA-256 whether a password is right (RFC 5802, RFC 7677).

libpq says that a log-in failed, and not with which code: a wrong password and a server
without a free slot look alike.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import struct
from collections.abc import Callable
from typing import Final

NAME: Final = b"SCRAM-SHA-256"
_CONTINUE: Final = 11
_MOST: Final = 1_000_000  # rounds of hashing that a server may ask for

# Sends bytes, and reads the kind and body of a message.
Send = Callable[[bytes], object]
Read = Callable[[], tuple[bytes, bytes]]


def refusal(password: str, send: Send, read: Read) -> bytes:
    """Return the server's answer to *password* when it refuses, else nothing.

    Args:
        password: what to prove; none but ASCII, which needs no preparation.
        send: sends bytes to a server that has just offered the mechanism.
        read: gives the next message.
    """
    nonce = secrets.token_urlsafe(18)
    bare = f"n=,r={nonce}"
    first = f"n,,{bare}".encode()
    send(_message(NAME + b"\0" + struct.pack("!i", len(first)) + first))
    kind, body = read()
    if kind == b"E":
        return body
    if kind != b"R" or struct.unpack("!i", body[:4])[0] != _CONTINUE:
        return b""
    challenge = body[4:].decode()
    fields = dict(part.split("=", 1) for part in challenge.split(","))
    if not fields["r"].startswith(nonce) or not 0 < int(fields["i"]) <= _MOST:
        return b""
    unproven = f"c=biws,r={fields['r']}"
    signed = f"{bare},{challenge},{unproven}".encode()
    salt, rounds = base64.b64decode(fields["s"]), int(fields["i"])
    proof = base64.b64encode(_proof(password, salt, rounds, signed)).decode()
    send(_message(f"{unproven},p={proof}".encode()))
    kind, body = read()
    return body if kind == b"E" else b""


def _proof(password: str, salt: bytes, rounds: int, signed: bytes) -> bytes:
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, rounds)
    key = hmac.digest(salted, b"Client Key", "sha256")
    signature = hmac.digest(hashlib.sha256(key).digest(), signed, "sha256")
    return bytes(a ^ b for a, b in zip(key, signature, strict=True))


def _message(body: bytes) -> bytes:
    return b"p" + struct.pack("!i", len(body) + 4) + body
