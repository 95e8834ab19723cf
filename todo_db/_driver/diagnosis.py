"""Finds out why a connection failed, and what to change if trying again cannot help.

libpq tells why a log-in failed as text for people only, which changes with its
version and language. So the first steps are taken once more, and their codes are read:
the answer to the request for TLS, OpenSSL's verdict on the certificate, the first
message of the server, and what it says to a proof of the password by SCRAM, which does
not tell the password. What has no such code may pass by itself: it is tried again.
"""

from __future__ import annotations

import socket
import ssl
import struct
from typing import TYPE_CHECKING, BinaryIO, Final

from ..errors import StartupError
from . import scram

if TYPE_CHECKING:
    from collections.abc import Mapping

    import psycopg

    from .._address import Address

_ASK_FOR_TLS: Final = struct.pack("!ii", 8, 80877103)
_VERSION: Final = struct.pack("!i", 3 << 16)
_LONGEST: Final = 10_000  # bytes of a first message; no honest one is longer
_VERIFIED: Final = frozenset({"verify-ca", "verify-full"})
_ENCRYPTED: Final = _VERIFIED | {"require"}

_NO_TLS: Final = (
    "the server offers no TLS; switch it on there, or add sslmode=disable to the URL "
    "on a network of your own"
)
_NO_BINDING: Final = (
    "the server offers no channel binding, as poolers seldom do; if that is as it "
    "should be, say channel_binding=prefer in the URL"
)
_NOT_LISTED: Final = (
    "the server takes no such connection; look at sslmode in the URL, and in its "
    "pg_hba.conf for this user, database and network"
)
_NOT_PROVEN: Final = (
    "the server does not take the password of this user; `make credentials` says what "
    "it is, or gives another one"
)
_UNKNOWN_AUTHORITY: Final = (
    "the server's certificate is signed by an authority that is not trusted here; add "
    "sslrootcert=<the file of its certificate> to the URL"
)
_OTHER_NAME: Final = (
    "the server's certificate is for another host; write the host in the URL as the "
    "certificate has it"
)
# X509_V_ERR_… of OpenSSL's x509_vfy.h.
_BY_VERDICT: Final = {
    9: "the server's certificate is not valid yet; set the clock of this machine right",
    10: "the server's certificate has expired; renew it on the server",
    18: _UNKNOWN_AUTHORITY,  # self-signed
    19: _UNKNOWN_AUTHORITY,  # its chain ends with an unknown one
    20: _UNKNOWN_AUTHORITY,
    21: _UNKNOWN_AUTHORITY,  # alone, and nobody vouches for it
    62: _OTHER_NAME,
    64: _OTHER_NAME,  # the host is a number
}


def diagnose(
    address: Address, error: psycopg.Error, seconds: float
) -> StartupError | None:
    """Return why the attempt that ended with *error* can never succeed, if it cannot.

    Args:
        address: where it led. Of several hosts another one may be good, and a local
            one is not asked.
        error: what psycopg raised.
        seconds: how long one step may take.
    """
    failed, given = error.pgconn, address.parameters
    if failed is None or "," in given.get("host", ""):
        return None
    place = (failed.hostaddr or failed.host).decode()
    is_local = place.startswith("/")
    if not place or place.startswith("@") or ("sslmode" not in given and not is_local):
        return None
    if failed.used_password and not {"password", "channel_binding"} & given.keys():
        return None  # it came as far as a password that is not known here
    try:
        with _reach(place, int(failed.port), seconds) as plain:
            proves = failed.used_password
            reason = _ask(plain, given, trusted=failed.ssl_in_use, proves=proves)
    except (OSError, ValueError, LookupError):
        return None
    return StartupError(f"{address.variable}: {reason}") if reason else None


def _reach(place: str, port: int, seconds: float) -> socket.socket:
    if not place.startswith("/"):
        return socket.create_connection((place, port), seconds)
    local = socket.socket(socket.AF_UNIX)
    local.settimeout(seconds)
    try:
        local.connect(f"{place}/.s.PGSQL.{port}")
    except OSError:
        local.close()
        raise
    return local


def _ask(
    plain: socket.socket, given: Mapping[str, str], *, trusted: bool, proves: bool
) -> str | None:
    """Go up to the answer to the password, and return what speaks against it.

    Args:
        plain: leads to the server.
        given: what libpq was given.
        trusted: whether libpq has found the certificate good.
        proves: whether the password is proven, hence to nobody but the right server.
    """
    if given.get("sslmode") not in _ENCRYPTED or plain.family == socket.AF_UNIX:
        return _greet(plain, given)
    plain.sendall(_ASK_FOR_TLS)
    answer = plain.recv(1)
    if answer != b"S":
        return _NO_TLS if answer == b"N" else None
    try:
        context = _context(given, trusted=trusted and not proves)
        with context.wrap_socket(plain, server_hostname=given.get("host")) as safe:
            return _greet(safe, given)
    except ssl.SSLCertVerificationError as error:
        if trusted:
            return None
        return _BY_VERDICT.get(
            error.verify_code,
            f"the server's certificate is refused: {error.verify_message}",
        )


def _context(given: Mapping[str, str], *, trusted: bool) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = given["sslmode"] == "verify-full" and not trusted
    root = given.get("sslrootcert", "")
    if trusted or (given["sslmode"] not in _VERIFIED and not root):
        context.verify_mode = ssl.CERT_NONE
    elif root in ("", "system"):
        context.set_default_verify_paths()
    else:
        context.load_verify_locations(root)
    return context


def _greet(server: socket.socket, given: Mapping[str, str]) -> str | None:
    names = b"user\0%b\0database\0%b\0\0"
    hello = _VERSION + names % (given["user"].encode(), given["dbname"].encode())
    server.sendall(struct.pack("!i", len(hello) + 4) + hello)
    with server.makefile("rb") as stream:
        kind, body = _read_message(stream)
        if kind == b"E":
            return _NOT_LISTED if b"C28000" in body.split(b"\0") else None
        # A number for the kind of question, then the names of the ways to answer.
        ways = body[4:].split(b"\0") if kind == b"R" else []
        needs_binding = given.get("channel_binding") == "require"
        if kind == b"R" and needs_binding and b"SCRAM-SHA-256-PLUS" not in ways:
            return _NO_BINDING
        password = given.get("password", "")
        if scram.NAME not in ways or not password.isascii() or not password:
            return None
        said = scram.refusal(password, server.sendall, lambda: _read_message(stream))
    return _NOT_PROVEN if b"C28P01" in said.split(b"\0") else None


def _read_message(stream: BinaryIO) -> tuple[bytes, bytes]:
    head = stream.read(5)
    size = int.from_bytes(head[1:]) - 4
    return head[:1], stream.read(size) if 0 <= size <= _LONGEST else b""
