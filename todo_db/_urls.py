"""Reads the URL of a database into what libpq takes, and says what is wrong with it.

libpq's own complaint is never repeated: it quotes the part that it stumbled over, which
is the password more often than not.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from .errors import SettingsError

# Some programs put the driver into the scheme; libpq knows the first two only.
_SCHEME: Final = re.compile(
    r"\A(?:postgresql|postgres|postgresql\+psycopg(?:_async)?)://", re.ASCII
)
_ENCODE: Final = (
    "the user or password has a character that must be encoded: % is %25, @ is %40, "
    "/ is %2F, : is %3A, ? is %3F, # is %23, a space is %20"
)
_FILES: Final = ("sslrootcert", "sslcert", "sslkey", "sslcrl")
_NUMBERS: Final = (
    "connect_timeout",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_count",
    "tcp_user_timeout",
)


def parse(url: str, variable: str) -> dict[str, str]:
    """Return the parameters that *url* gives.

    Args:
        url: postgresql://, postgres:// or postgresql+psycopg://.
        variable: the variable that holds it, for messages.

    Raises:
        SettingsError: it is no such URL, or libpq could not use it.
    """
    if not _SCHEME.match(url):
        raise SettingsError(f"{variable} {_no_scheme(url)}")
    # Prisma and others mark a pooler so; libpq would refuse the word.
    plain = re.sub(r"([?&])pgbouncer=(?:true|false)(?:&|$)", r"\1", url).rstrip("?&")
    given = _split(plain)
    if given is None:
        raise SettingsError(f"{variable} is no usable URL: {_no_url(plain)}")
    given = {**_from_libpq(given), **given}
    if wrong := _wrong_place(given, plain) or _wrong_option(given):
        raise SettingsError(f"{variable} is no usable URL: {wrong}")
    if "user" not in given:
        raise SettingsError(f"{variable} names no user; the app connects as todo_app")
    if "dbname" not in given:
        raise SettingsError(f"{variable} names no database")
    if plain != url and "pgbouncer=true" in url:
        given.setdefault("port", "6432")
    return given


def _split(url: str) -> dict[str, str] | None:
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        found = conninfo_to_dict(_SCHEME.sub("postgresql://", url, count=1))
    except ProgrammingError:
        return None
    return {name: str(value) for name, value in found.items() if value is not None}


def _from_libpq(given: Mapping[str, str]) -> dict[str, str]:
    """Return where a URL without a host leads, by PGHOST and its like.

    libpq would go there anyway; whether that needs TLS must be known before.
    """
    from psycopg import pq

    if given.keys() & {"host", "hostaddr"}:
        return {}
    found = {each.keyword.decode(): each.val for each in pq.Conninfo.get_defaults()}
    places = {name: found.get(name) for name in ("host", "hostaddr")}
    return {name: value.decode() for name, value in places.items() if value}


def _no_scheme(url: str) -> str:
    start = "must start with postgresql://"
    if re.match(r"jdbc:", url, re.IGNORECASE):
        return f"{start}, not with jdbc:; JDBC has its user and password elsewhere too"
    if driver := re.match(r"postgres(?:ql)?\+([a-z0-9_]{1,20}):", url, re.ASCII):
        return f"{start}; the driver is psycopg here, not {driver[1]}"
    if re.match(r"postgres(?:ql)?:/?[^/]", url, re.ASCII):
        return f"{start}, with two slashes"
    return f"{start}, and hold nothing but the URL"


def _no_url(url: str) -> str:
    from psycopg import pq

    head, _, query = url.partition("?")
    if "user" not in (_split(head) or {}):
        return _ENCODE
    # The part before it is good, so that no password can be among these words.
    known = {option.keyword.decode() for option in pq.Conninfo.get_defaults()}
    words = [pair.partition("=")[0] for pair in query.split("&")]
    strange = [word for word in words if word not in known]
    if strange:
        return f"libpq knows no option {', '.join(strange)}"
    return "each option after the ? needs the form name=value"


def _wrong_place(given: Mapping[str, str], url: str) -> str | None:
    host = given.get("host", "")
    in_query = re.search(r"[?&]host=", url) is not None
    if "@" in given.get("dbname", "") or ("@" in host and not in_query):
        return _ENCODE
    if re.search(r"[\s\0-\x1f]", host + given.get("dbname", "")):
        return "there is a blank or a line break in it"
    if "service" in given:
        return "`service` hides where it leads; name the host"
    for port in filter(None, given.get("port", "").split(",")):
        if not re.fullmatch(r"[0-9]{1,5}", port) or not 0 < int(port) < 65536:
            return "the port must be a number from 1 to 65535"
    return None


def _wrong_option(given: Mapping[str, str]) -> str | None:
    for name in _NUMBERS:
        if not re.fullmatch(r"-?[0-9]{1,9}", given.get(name, "0")):
            return f"{name} must be a whole number"
    for name in _FILES:
        path = given.get(name, "system")
        if path != "system" and not Path(path).is_file():
            return f"{name} names a file that is not there"
    root = given.get("sslrootcert", "system")
    if root != "system" and not _has_certificate(root):
        return "sslrootcert names a file without a certificate that can be read"
    for name, value in given.items():
        if not _is_known(**{name: value}):
            return f"{name} has a value that libpq does not know"
    return None if _is_known(**given) else "two of its options contradict each other"


def _has_certificate(path: str) -> bool:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except OSError:  # OpenSSL's errors are among these
        return False
    return True


def _is_known(**options: str) -> bool:
    """Return whether libpq accepts the values of *options*.

    libpq judges them before it looks for the server; no host is asked.
    """
    from psycopg import pq
    from psycopg.conninfo import make_conninfo

    given = {**options, "host": "/nowhere", "hostaddr": "", "port": "", "user": "x"}
    return pq.PGconn.ping(make_conninfo("", **given).encode()) != pq.Ping.NO_ATTEMPT
