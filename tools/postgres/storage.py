"""Directories and locks below the servers: private to one user, safe against others."""

from __future__ import annotations

import fcntl
import os
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tools.console import Failure

_MEMORY: Final = "/dev/shm"  # noqa: S108 - only through mkdtemp
_ROOM: Final = 2 << 30  # bytes; Docker gives 64 MB by default, too little for a suite


def cache_dir() -> Path:
    """Give a directory for what is costly to make and harmless to lose.

    For root /var/cache/todo-db, which the server's account can read; for others
    ~/.cache/todo-db, and without a home /tmp/todo-db-<uid>.
    """
    if os.geteuid() == 0:
        base, mode = Path("/var/cache"), 0o755
    else:
        home = os.path.expanduser("~")
        base, mode = Path(os.environ.get("XDG_CACHE_HOME") or f"{home}/.cache"), 0o700
    if base.is_absolute():
        try:
            base.mkdir(parents=True, exist_ok=True)
            return owned_dir(base / "todo-db", mode)
        except OSError:  # no home, or a read-only one
            pass
    return user_temp()


def owned_dir(path: Path, mode: int) -> Path:
    """Make *path* or accept it only as a directory of our own that nobody else writes.

    A name in /tmp can be taken by anyone; a symbolic link or a foreign owner there is
    an attack or an accident, and is refused in both cases.
    """
    path.mkdir(mode=mode, exist_ok=True)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise Failure(
            f"{path} belongs to somebody else",
            where=str(path),
            next=f"look at it with `ls -ld {path}`; its owner or root can remove it",
        )
    if stat.S_IMODE(found.st_mode) != mode:
        path.chmod(mode)
    return path


def user_temp() -> Path:
    """Give /tmp/todo-db-<uid>, short enough for sockets and safe in a shared /tmp.

    Raises:
        Failure: somebody else made a directory of that name first.
    """
    mode = 0o711 if os.geteuid() == 0 else 0o700
    return owned_dir(Path("/tmp") / f"todo-db-{os.geteuid()}", mode)  # noqa: S108 - checked


def scratch_dir() -> Path:
    """Make a new directory of a random name that the server's account can enter.

    It is in memory where there is room: a cluster is a thousand small files, which cost
    up to a second on a busy disk and a tenth of that in memory. TMPDIR outranks it.
    """
    place = os.environ.get("TMPDIR", "")
    if os.geteuid() == 0 or not place or len(place) > 60:  # root's own, or too long
        place = _MEMORY if _has_room(_MEMORY) else "/tmp"  # noqa: S108 - mkdtemp is safe
    made = Path(tempfile.mkdtemp(prefix="todo-db-", dir=place))
    if os.geteuid() == 0:
        made.chmod(0o711)
    return made


def _has_room(place: str) -> bool:
    try:
        found = os.statvfs(place)
    except OSError:
        return False
    return found.f_bavail * found.f_frsize >= _ROOM and os.access(place, os.W_OK)


@contextmanager
def explained(place: Path) -> Iterator[None]:
    """Turn a refusal of the file system into a message with the way out.

    Raises:
        Failure: in place of any OSError of the block.
    """
    try:
        yield
    except OSError as error:
        raise Failure(
            f"cannot work in {place}: {error.strerror or error}",
            where=str(error.filename or place),
            next=f"look at `ls -ld {place}` and `df {place}`",
        ) from error


@contextmanager
def exclusive(path: Path, seconds: float = 120.0) -> Iterator[int]:
    """Hold the lock file *path*; another process that holds it is waited for.

    Gives the descriptor. A child that inherits it holds the lock on, so that no other
    process touches what it works on even if this one is killed.

    Raises:
        Failure: it was not free within *seconds*.
    """
    descriptor = open_lock(path)
    try:
        end = time.monotonic() + seconds
        while not try_lock(descriptor):
            if time.monotonic() > end:
                raise Failure(
                    f"another command has worked on it for {seconds:.0f} s",
                    where=str(path),
                    next="wait for it or end it, then run the same command again",
                )
            time.sleep(0.02)
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def alone_in(directory: Path) -> Iterator[None]:
    """Hold the lock of a directory itself, for moments, where no file may be made."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def open_lock(path: Path) -> int:
    """Open a lock file, made if need be, for the owner of its directory.

    Its permissions do not say who may look whether it is taken, its directory does:
    made by root, it still serves the ordinary user whose directory it is in.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    give_to_owner_of(path.parent, path)
    return descriptor


def give_to_owner_of(model: Path, path: Path) -> None:
    """Let root's new *path* belong to whom *model* belongs."""
    if os.geteuid() == 0:
        owner = model.stat()
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def try_lock(descriptor: int, *, shared: bool = False) -> bool:
    """Take the lock of an open file; False where another one holds it."""
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
