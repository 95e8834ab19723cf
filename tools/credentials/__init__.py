"""Gives the app its login and its signing key: `make credentials`.

Migrations make the role todo_app without a password and no signing key at all: secrets
are not history. This command sets what is missing and writes it into a file of mode
600. It looks first: a database that is not migrated, a password that works elsewhere, a
file that serves another database stop it before anything is changed. What it changes is
one transaction, under the lock of migrations; the file is on the disk before COMMIT and
gets its name after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import Connection

from tools.console import Failure
from tools.console.reporter import Reporter
from tools.credentials import address, envfile, keys, login
from tools.credentials.address import Answer
from tools.credentials.envfile import read as read_env
from tools.credentials.keys import add_key, retire_key
from tools.postgres import locks
from tools.postgres.target import CONNECT_SECONDS, check_target, describe, libpq_url
from tools.project import ENV_FILE, LOGIN

__all__ = ["Kept", "Wish", "add_key", "ensure", "read_env", "retire", "retire_key"]

ADDRESS: Final = "TODO_DATABASE_URL"
KEY: Final = "TODO_SIGNING_KEY"
_WAIT: Final = 600.0  # seconds for a run of migrations to end
_RETRY: Final = 30_000  # milliseconds for another database's run to let the role go


class Kept(Failure):
    """A password or a file that works for somebody was kept; nothing was changed."""


@dataclass(frozen=True)
class Wish:
    """What may be changed although it works.

    Args:
        rotate_password: set a new password; who has the old one is locked out.
        restore_password: set the file's password again, after somebody changed it.
        rotate_key: add a signing key beside those in use.
    """

    rotate_password: bool = False
    restore_password: bool = False
    rotate_key: bool = False


def ensure(url: str, env_file: Path = ENV_FILE, wish: Wish | None = None) -> list[str]:
    """Make sure that *env_file* lets the app into the database at *url*.

    What works is kept, unless *wish* says otherwise.

    Args:
        url: of the database as the migrating login.
        env_file: is written with mode 600 when something in it is new.
        wish: what to change although it works.

    Returns:
        Lines that say what was done; none if nothing had to be.

    Raises:
        Kept: the login has a password that the file does not know, or the file serves
            another database.
        Failure: the database or the login is not the right one, or the file cannot be
            written.
    """
    with _session(url) as connection:
        done = _finish(connection, url, env_file)
        work = _Work(connection, url, env_file, wish or Wish())
        report = Reporter(quiet=True)
        return done + locks.retried(work.attempt, "the credentials", _RETRY, report)


def retire(url: str, key_id: int, env_file: Path = ENV_FILE) -> None:
    """Stop taking tokens of a key at once.

    Raises:
        Failure: it is not in use, the last one, or the one in *env_file*.
    """
    own = read_env(env_file).get(KEY, "")
    with _session(url) as connection:
        login.look(connection)
        retire_key(connection, key_id, own)


@contextmanager
def _session(url: str) -> Iterator[Connection[Any]]:
    """Open a session that holds the lock of migration runs."""
    check_target(url)  # has a reason and a next step for each obstacle
    with psycopg.connect(
        libpq_url(url),
        autocommit=True,
        connect_timeout=CONNECT_SECONDS,
        application_name="todo-db credentials",
    ) as connection:
        locks.acquire(connection, _WAIT, Reporter(quiet=False))
        try:
            yield connection
        finally:
            locks.release(connection)


def _finish(connection: Connection[Any], url: str, env_file: Path) -> list[str]:
    """Put the file of a run in its place that ended between COMMIT and renaming."""
    beside = envfile.prepared(env_file)
    if not beside.exists():
        return []
    login.look(connection)
    found = read_env(beside)
    answer = address.ask(found.get(ADDRESS, ""))
    opens = answer.database == address.identity(connection) and answer.user == LOGIN
    if opens and keys.is_live(connection, found.get(KEY, "")):
        envfile.replace(env_file)
        return [f"finished an interrupted run: {env_file.name} is what it wrote"]
    if address.same(found.get(ADDRESS, ""), address.app_url(url, "")):
        beside.unlink()  # its transaction was rolled back
    return []


class _Work:
    """One run: what the file knows, what the database takes, and what is changed."""

    def __init__(
        self, connection: Connection[Any], url: str, env_file: Path, wish: Wish
    ) -> None:
        self.connection, self.url, self.env_file = connection, url, env_file
        self.wish, self.values = wish, read_env(env_file)

    def attempt(self) -> list[str]:
        """Look; change what has to be, in one transaction; name the file."""
        with self.connection.transaction():
            role = login.look(self.connection)
            opens, known = self._password()
            if not opens or self.wish.rotate_password:
                login.lock(self.connection, role)
                role = login.look(self.connection)  # it may have waited for a run
                self._refuse_known(role, opens)
            done = self._change(role, opens, known)
        if done:
            envfile.replace(self.env_file)
            done += [f"wrote {self.env_file.name} (mode 600)", *self._told(role)]
        return done

    def _change(self, role: login.Role, opens: bool, known: str) -> list[str]:
        """Change what has to be and prepare the file; return what was done."""
        done, values = [], dict(self.values)
        if not opens or self.wish.rotate_password:
            restored = known if self.wish.restore_password else None
            password = login.set_password(self.connection, restored)
            values[ADDRESS] = address.app_url(self.url, password)
            done.append(f"set the password of {LOGIN}{' again' if restored else ''}")
        elif not address.same(
            values.get(ADDRESS, ""), address.app_url(self.url, known)
        ):
            values[ADDRESS] = address.app_url(self.url, known)
            done.append("the address has changed, the password has not")
        mine = keys.is_live(self.connection, values.get(KEY, ""))
        if not mine or self.wish.rotate_key:
            values[KEY] = add_key(self.connection)
            done.append(f"made signing key {keys.number(values[KEY])}")
        if done:
            envfile.prepare(self.env_file, values)
            self.values = values
        return done

    def _password(self) -> tuple[bool, str]:
        """Return whether the file's password opens this database, and the password.

        Raises:
            Kept: the file serves another database.
        """
        given = self.values.get(ADDRESS, "")
        if not given:
            return False, ""
        known, own = address.password(given), address.identity(self.connection)
        answer = address.ask(given)
        if answer.database is None and address.vanished(given):
            moved = address.ask(address.app_url(self.url, known))
            return self._is_ours(moved, own), known
        if answer.database is None and address.same(
            given, address.app_url(self.url, known)
        ):
            return False, known
        if not self._is_ours(answer, own):
            raise Kept(
                f"{self.env_file.name} is for {describe(given)}, and DATABASE_URL leads"
                " to another database; nothing was changed",
                where=describe(self.url),
                next="name another file: make credentials env=.env.staging; or move"
                " this one away",
            )
        return True, known

    def _is_ours(self, answer: Answer, own: str) -> bool:
        return answer.database == own and answer.user == LOGIN

    def _refuse_known(self, role: login.Role, opens: bool) -> None:
        """Refuse to change a password that may work for somebody.

        Raises:
            Kept: unless that was asked for.
        """
        if not role.has_password or self.wish.rotate_password:
            return
        known = address.password(self.values.get(ADDRESS, ""))
        if self.wish.restore_password and known:
            return
        holds = "holds another" if known else "holds none"
        lines = [
            f"{LOGIN} has a password and {self.env_file.name} {holds}; nothing was"
            " changed",
            "  a role is the server's: apps on its other databases use this password",
            f"  {role.open}" if role.open else "",
            f"  {self._live()}",
        ]
        restore = ", or make it the file's again: make credentials restore=password"
        raise Kept(
            "\n".join(line for line in lines if line),
            where=describe(self.url),
            next="copy TODO_DATABASE_URL from where the app runs"
            f"{restore if known else ''}; or set a new one, which locks out whoever has"
            " the old: make rotate what=password",
        )

    def _told(self, role: login.Role) -> list[str]:
        """Say what follows from what was done."""
        lines = []
        if self.wish.rotate_password and role.open:
            lines.append(
                f"{role.open}; their next connection needs the new password: deploy it"
            )
        if len(keys.live(self.connection)) > 1:
            own = keys.number(self.values[KEY])
            lines += [
                f"{self._live()}; the file has {own}",
                "next: deploy it; when no app signs with another key any more:"
                " make credentials retire=<key>",
            ]
        return lines

    def _live(self) -> str:
        found = keys.live(self.connection)
        return f"signing keys in use: {', '.join(map(str, found)) or 'none'}"
