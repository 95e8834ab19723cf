"""An authority of the tests' own, and the certificates that servers show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Final

import trustme

from tools.postgres.os_user import Account

# Names of Neon's form, which exist nowhere.
DIRECT: Final = "ep-quiet-sea-123456.eu-central-1.aws.neon.tech"
POOLED: Final = "ep-quiet-sea-123456-pooler.eu-central-1.aws.neon.tech"


@dataclass(frozen=True)
class Certificate:
    """A certificate and its key, in files that a server's account reads."""

    file: Path
    key: Path


class Authority:
    """An authority that writes into *home*, for servers of *account*."""

    def __init__(self, home: Path, account: Account) -> None:
        self._home, self._account = home, account
        self._authority = trustme.CA()

    @cached_property
    def file(self) -> Path:
        """Its own certificate, for `sslrootcert`."""
        path = self._home / "authority.pem"
        self._authority.cert_pem.write_to_path(path)
        return path

    def issue(self, name: str, *, expired: bool = False) -> Certificate:
        """Return a new certificate for the host *name*."""
        now = datetime.now(UTC)
        leaf = self._authority.issue_cert(
            name,
            not_before=now - timedelta(days=2),
            not_after=now + timedelta(days=-1 if expired else 1),
        )
        stem = f"{name}{'-expired' if expired else ''}"
        made = Certificate(self._home / f"{stem}.pem", self._home / f"{stem}.key")
        leaf.cert_chain_pems[0].write_to_path(made.file)
        leaf.private_key_pem.write_to_path(made.key)
        for path in (made.file, made.key):
            self._account.own(path)
        return made
