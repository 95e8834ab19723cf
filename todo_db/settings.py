"""The settings of the app: one frozen object, read once from the environment.

| variable | meaning | default |
| --- | --- | --- |
| TODO_DATABASE_URL | where the database is; the app's login | required |
| TODO_REPLICA_URL | a replica for sessions that only read | none |
| TODO_DIRECT_URL | the host without the pooler, to listen on | found on Neon |
| TODO_SIGNING_KEY | `<key id>:<64 hex digits>` | required |
| TODO_POOLER | `auto`, `transaction` or `none` | auto: by host and port |
| TODO_POOL_SIZE | connections of this process; 0 keeps none | 10, pooled 20 |
| TODO_POOL_WAIT | seconds to wait for a free one | 10 |
| TODO_CONNECT_TIMEOUT | seconds for one attempt to connect | 10 |
| TODO_RETRY_BUDGET | seconds that repetitions may take in all | 30 |
| TODO_STATEMENT_TIMEOUT | seconds, instead of the role's | the role's |
| TODO_LOCK_TIMEOUT | seconds, instead of the role's | the role's |
| TODO_SCHEMA_CHECK | `compatible` (the needed is there), `strict`, `off` | compatible |
| TODO_APPLICATION_NAME | shown in pg_stat_activity | todo_db |
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Final, TypeVar

from ._address import Address, read_address
from ._schema import SchemaCheck
from .errors import SettingsError

W = TypeVar("W", bound=str)

_QUOTES: Final = ("'", '"', "`")
_KEY: Final = re.compile(r"\A([0-9]{1,4}):([0-9a-f]{64})\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The secret that the app shares with the database; never shown."""

    id: int
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that may be set; times are in seconds.

    A connection costs the server memory and a process, and two to four per core keep
    it busy. Ten leave room for several processes; a pooler multiplexes, so that twenty
    cost nothing but sockets. There is no overflow: a burst waits in line instead of
    paying for new connections.
    """

    address: Address
    key: SigningKey
    replica: Address | None = None
    direct: Address | None = None
    pool_size: int = 10
    pool_wait: float = 10.0
    connect_timeout: int = 10
    retry_budget: float = 30.0
    statement_timeout: float | None = None
    lock_timeout: float | None = None
    schema_check: SchemaCheck = "compatible"
    application_name: str = "todo_db"

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Read the settings from *environ*.

        Raises:
            SettingsError: a variable is missing or wrong; the text names it.
        """
        read = _Reader(environ)
        pooler = read.word("TODO_POOLER", "auto", "transaction", "none")
        url = read.required("TODO_DATABASE_URL")
        address = read_address(url, "TODO_DATABASE_URL", pooler)
        found = cls(
            address=address,
            replica=read.address("TODO_REPLICA_URL", pooler),
            direct=read.direct("TODO_DIRECT_URL", pooler),
            key=_read_key(read.required("TODO_SIGNING_KEY")),
            pool_size=read.whole(
                "TODO_POOL_SIZE", 20 if address.pooled else 10, 0, 1000
            ),
            pool_wait=read.number("TODO_POOL_WAIT", 10, 0.1, 600),
            connect_timeout=read.whole("TODO_CONNECT_TIMEOUT", 10, 2, 600),
            retry_budget=read.number("TODO_RETRY_BUDGET", 30, 0, 600),
            statement_timeout=read.optional("TODO_STATEMENT_TIMEOUT", 0.001, 86400),
            lock_timeout=read.optional("TODO_LOCK_TIMEOUT", 0.001, 86400),
            schema_check=read.word("TODO_SCHEMA_CHECK", "compatible", "strict", "off"),
            application_name=read.text("TODO_APPLICATION_NAME") or "todo_db",
        )
        read.refuse_misspelt()
        return found

    def without_pooler(self) -> Address:
        """Return the address of the server itself.

        Raises:
            SettingsError: a pooler stands before it, and nothing says where it is.
        """
        direct = self.direct or self.address.behind_pooler()
        if direct is None:
            raise SettingsError(
                "TODO_DIRECT_URL is not set: a pooler passes nothing on, and the name "
                "of the server itself is known on Neon only, without hostaddr"
            )
        return direct

    def of_replica(self) -> Settings | None:
        """Return the settings of the replica; one that is down is not waited for."""
        if self.replica is None:
            return None
        return replace(self, address=self.replica, replica=None, retry_budget=0)


def _read_key(text: str) -> SigningKey:
    if not (found := _KEY.match(text)):
        # The value is a secret, so the message never repeats it.
        raise SettingsError(
            "TODO_SIGNING_KEY must be <key id>:<64 lower-case hex digits>"
        )
    return SigningKey(int(found[1]), bytes.fromhex(found[2]))


@dataclass(frozen=True, slots=True)
class _Reader:
    environ: Mapping[str, str]
    asked: set[str] = field(default_factory=set)

    def refuse_misspelt(self) -> None:
        """Refuse a variable that all but spells one that was asked for.

        Raises:
            SettingsError: with both names.
        """
        for name in self.environ:
            if name.startswith("TODO_") and name not in self.asked:
                for meant in get_close_matches(name, self.asked, n=1, cutoff=0.85):
                    raise SettingsError(
                        f"{name} is no setting; write {meant}, or take it away"
                    )

    def text(self, name: str) -> str:
        """Return the value of *name*; the blanks around it mean nothing."""
        self.asked.add(name)
        value = self.environ.get(name, "").strip()
        # A shell takes them away; files for Docker and systemd's like keep them.
        if value[:1] in _QUOTES and value[:1] == value[-1:]:
            raise SettingsError(f"{name} has quotes around its value; leave them out")
        return value

    def required(self, name: str) -> str:
        if not (value := self.text(name)):
            self.refuse_misspelt()
            raise SettingsError(f"{name} is not set")
        return value

    def address(self, name: str, pooler: str) -> Address | None:
        """Return the address in *name*, if it is set."""
        url = self.text(name)
        return read_address(url, name, pooler) if url else None

    def direct(self, name: str, pooler: str) -> Address | None:
        """Return the address in *name*, which must lead around the pooler."""
        found = self.address(name, "none" if pooler == "none" else "auto")
        if found is not None and found.pooled:
            raise SettingsError(
                f"{name} leads to a pooler by its host or port; give the server's own, "
                "on Neon the host without -pooler"
            )
        return found

    def word(self, name: str, *words: W) -> W:
        """Return one of *words*, the first by default."""
        found = self.text(name) or words[0]
        for word in words:
            if word == found:
                return word
        raise SettingsError(f"{name} must be one of {', '.join(words)}")

    def number(self, name: str, default: float, low: float, high: float) -> float:
        found = self.optional(name, low, high)
        return default if found is None else found

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        found = self.number(name, default, low, high)
        if found != int(found):
            raise SettingsError(f"{name} must be a whole number")
        return int(found)

    def optional(self, name: str, low: float, high: float) -> float | None:
        if not (text := self.text(name)):
            return None
        try:
            value = float(text)
        except ValueError:  # the value may be a secret that was put here by mistake
            raise SettingsError(f"{name} must be a number") from None
        if not low <= value <= high:
            raise SettingsError(f"{name} must be from {low:g} to {high:g}")
        return value
