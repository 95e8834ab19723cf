"""The operating-system account that runs PostgreSQL, which refuses to run as root.

An ordinary user runs it as oneself. For root it is the owner of the checkout, else the
system user `postgres`, else `nobody`: never a user made for the purpose, and never with
wider permissions on a directory that is already there.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from tools.console import Failure
from tools.project import ROOT


class _Identity(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Account:
    """Who owns a data directory and runs its server."""

    name: str
    uid: int
    gid: int

    @property
    def is_self(self) -> bool:
        """Whether no change of identity is needed."""
        return self.uid == os.geteuid()

    def identity(self) -> _Identity:
        """Give the arguments of `subprocess` that make a child run as this account."""
        if self.is_self:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def run(
        self, *command: str | Path, keep: Sequence[int] = ()
    ) -> subprocess.CompletedProcess[str]:
        """Run *command* as this account with a neutral environment, and wait.

        Args:
            command: program and arguments.
            keep: descriptors that it inherits.

        Raises:
            Failure: the process may not change its identity, as in a container
                without the capability to do so.
        """
        try:
            return subprocess.run(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
                cwd="/",
                env=environment(),
                pass_fds=keep,
                **self.identity(),
            )
        except PermissionError as error:
            if self.is_self:
                raise
            raise Failure(
                f"root may not become the user {self.name} here ({error.strerror}), "
                "and PostgreSQL does not run as root",
                next="run the same command as an ordinary user",
            ) from error

    def own(self, path: Path) -> None:
        """Make *path* belong to this account alone."""
        path.chmod(0o700)
        if not self.is_self:
            os.chown(path, self.uid, self.gid)

    def reaches(self, path: Path) -> bool:
        """Tell whether this account can enter or execute *path*."""
        if self.is_self:
            return os.access(path, os.R_OK | os.X_OK)
        # Asked of the kernel, not computed: access lists and mounts count too.
        test = 'test -r "$0" && test -x "$0"'
        return self.run("/bin/sh", "-c", test, path).returncode == 0


def server_account() -> Account:
    """Choose the account that runs the servers of this checkout.

    Raises:
        Failure: root finds no unprivileged user at all.
    """
    if os.geteuid() != 0:
        uid = os.geteuid()
        return account_of(uid) or Account(str(uid), uid, os.getegid())
    for who in (ROOT.stat().st_uid, "postgres", "nobody"):
        account = account_of(who)
        if account is not None and account.uid != 0:
            return account
    raise Failure(
        "PostgreSQL does not run as root, and there is neither a user `postgres` "
        "nor `nobody`",
        next="run the same command as an ordinary user",
    )


def account_of(who: int | str) -> Account | None:
    """Look an account up by its number or name; None where the system has none."""
    try:
        entry = pwd.getpwuid(who) if isinstance(who, int) else pwd.getpwnam(who)
    except KeyError:
        return None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def environment() -> dict[str, str]:
    """Give the environment of every PostgreSQL program, free of the caller's PG*."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in ("HOME", "LD_LIBRARY_PATH", "TMPDIR", "TERM")
    }
    return kept | {
        "PATH": os.environ.get("PATH", os.defpath),
        "LC_ALL": "C.UTF-8",
        "PGTZ": "UTC",
    }


def copy_tree(source: Path, target: Path, keep: Sequence[int] = ()) -> None:
    """Copy a directory with its owners and modes; blocks are shared where they can be.

    Args:
        source: an existing directory.
        target: the name of its copy.
        keep: descriptors that the copying program inherits.

    Raises:
        Failure: the copy did not succeed, for want of space for example.
    """
    cp = [shutil.which("cp") or "cp", "-a"]
    if os.uname().sysname == "Linux":
        cp.append("--reflink=auto")
    done = subprocess.run(
        [*cp, str(source), str(target)],
        capture_output=True,
        text=True,
        check=False,
        pass_fds=keep,
    )
    if done.returncode:
        shutil.rmtree(target, ignore_errors=True)
        raise Failure(
            f"cannot copy {source}: {done.stderr.strip().splitlines()[-1]}",
            where=str(target),
            next="make room or set TMPDIR to a directory with 200 MB of free space",
        )
