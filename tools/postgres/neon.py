"""Neon's two names of one server: its own, and with `-pooler` that of PgBouncer."""

from __future__ import annotations

from typing import Final

_POOLER: Final = "-pooler"


def pooled(host: str) -> str:
    """Name the pooler in front of *host*; what is no host of Neon's stays."""
    endpoint, _, domain = direct(host).partition(".")
    return f"{endpoint}{_POOLER}.{domain}" if host.endswith(".neon.tech") else host


def direct(host: str) -> str:
    """Name the server behind *host*; what is no pooler of Neon's kind stays."""
    if host.startswith("/"):  # the directory of a socket
        return host
    endpoint, point, domain = host.partition(".")
    return f"{endpoint.removesuffix(_POOLER)}{point}{domain}"
