"""Reads a database URL: where it leads, through which pooler, how well protected."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from ._urls import parse
from .errors import SettingsError

# Where system certificates are, for the drivers whose own OpenSSL looks elsewhere.
_BUNDLES: Final = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
)
# Ports on which poolers in transaction mode listen: PgBouncer, Supavisor.
_POOLER_PORTS: Final = frozenset({"6432", "6543"})
_HALF_MEASURES: Final = frozenset({"allow", "prefer"})


@dataclass(frozen=True, slots=True)
class Address:
    """Where the database is.

    Attributes:
        parameters: what libpq is given; the password among them.
        pooled: whether a pooler in transaction mode stands in front of it.
        variable: the variable that says so, for messages.
    """

    parameters: Mapping[str, str] = field(repr=False)
    pooled: bool
    variable: str = "TODO_DATABASE_URL"

    def behind_pooler(self) -> Address | None:
        """Return the server itself, whose name on Neon lacks a word; None: unknown.

        A `hostaddr` is the pooler's, and nothing says what the server's would be.
        """
        if not self.pooled:
            return self
        host = self.parameters.get("host", "")
        name, dot, rest = host.partition(".")
        if not name.endswith("-pooler") or "," in host or "hostaddr" in self.parameters:
            return None
        direct = f"{name.removesuffix('-pooler')}{dot}{rest}"
        return replace(
            self, parameters={**self.parameters, "host": direct}, pooled=False
        )

    def __str__(self) -> str:
        """Return host and database without any secret, for messages."""
        host = self.parameters.get("host") or "local socket"
        return f"{host}/{self.parameters.get('dbname', '')}"


def read_address(url: str, variable: str, pooler: str = "auto") -> Address:
    """Return the address that *url* gives, completed with safe defaults.

    Args:
        url: postgresql://, postgres:// or postgresql+psycopg://.
        variable: the variable that holds it, for messages.
        pooler: `auto` tells from host and port, `transaction` or `none` says it.

    Raises:
        SettingsError: libpq cannot use it, or it asks for half a protection.
    """
    given = parse(url, variable)
    hosts = _split(given, "host")
    pooled = _is_pooled(given, hosts) if pooler == "auto" else pooler == "transaction"
    if pooled and "options" in given:
        raise SettingsError(
            f"{variable} has `options`, which poolers in transaction mode refuse; "
            "set them on the role with ALTER ROLE instead"
        )
    parameters = dict(given)
    # Name and number may say different things, and either can lead out of here.
    if any(not _is_local(place) for place in hosts + _split(given, "hostaddr")):
        parameters = {**_keep_alive(), **_protect(given, hosts, variable)}
    if len(hosts) > 1:
        parameters.setdefault("target_session_attrs", "read-write")
    return Address(parameters, pooled, variable)


def _split(given: Mapping[str, str], name: str) -> list[str]:
    return [each for each in given.get(name, "").split(",") if each]


def _is_pooled(given: Mapping[str, str], hosts: list[str]) -> bool:
    if given.get("port") in _POOLER_PORTS:
        return True
    return any(
        host.split(".")[0].endswith("-pooler") or host.endswith(".pooler.supabase.com")
        for host in hosts
    )


def _is_local(host: str) -> bool:
    if host.startswith(("/", "@")) or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _protect(
    given: Mapping[str, str], hosts: list[str], variable: str
) -> dict[str, str]:
    """Ask for TLS that checks whom it talks to, unless the URL decides otherwise."""
    mode = given.get("sslmode")
    if mode in _HALF_MEASURES:
        raise SettingsError(
            f"{variable} has sslmode={mode}, which protects from nobody; leave it out "
            "for verify-full, or say sslmode=disable on a network of your own"
        )
    neon = bool(hosts) and all(host.endswith(".neon.tech") for host in hosts)
    # The URL that Neon's console shows says `require`, which checks no certificate.
    if mode not in (None, "verify-full") and not (neon and mode == "require"):
        return dict(given)
    if not hosts:
        raise SettingsError(
            f"{variable} has a hostaddr and no host; name the host too, as its "
            "certificate has it"
        )
    root = given.get("sslrootcert") or _system_bundle()
    found = {**given, "sslmode": "verify-full", "sslrootcert": root}
    if neon:
        # Both of its hosts offer it, and its console's URL asks for it. Elsewhere
        # libpq's `prefer` stands: PgBouncer and tokens of the cloud know no binding,
        # and whoever forges a certificate that verify-full accepts owns an authority.
        found.setdefault("channel_binding", "require")
    return found


def _system_bundle() -> str:
    candidates = (ssl.get_default_verify_paths().cafile, *_BUNDLES)
    return next(
        (path for path in candidates if path and Path(path).is_file()), "system"
    )


def _keep_alive() -> dict[str, str]:
    """Notice a silent network within a minute instead of the kernel's two hours."""
    return {
        "keepalives_idle": "30",
        "keepalives_interval": "10",
        "keepalives_count": "3",
        "tcp_user_timeout": "30000",  # milliseconds
    }
