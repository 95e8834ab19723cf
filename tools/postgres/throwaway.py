"""Throw-away clusters for tests and proofs: copied from a template, gone at the end."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tools.postgres import initdb, reaper
from tools.postgres.binaries import find_bin, read_version
from tools.postgres.cluster import Cluster
from tools.postgres.os_user import Account, copy_tree, server_account
from tools.postgres.storage import cache_dir, exclusive, explained, scratch_dir

# Durability costs most of a test's time, and a throw-away cluster has no use for it.
FAST: Final = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "wal_init_zero": "off",
    "wal_recycle": "off",
    "dynamic_shared_memory_type": "mmap",  # within the directory, so it goes with it
}
# Half of a new cluster is one segment of the log, 16 MB: copied for nothing.
_SMALL: Final = ("--wal-segsize=1",)


@contextmanager
def throwaway(
    bin_dir: Path | None = None, settings: Mapping[str, str] | None = None
) -> Iterator[Cluster]:
    """Run a cluster of one's own in a temporary directory; it is gone afterwards.

    Args:
        bin_dir: programs to use; by default those of `find_bin()`.
        settings: server settings, which outrank the fast and unsafe defaults.

    Nothing stays behind, not even when this process is killed: a reaper sees to it.

    Raises:
        Failure: no programs, no room, or the server refuses a setting.
    """
    account = server_account()
    programs = bin_dir or find_bin()
    model = template(programs, account)
    with explained(Path(tempfile.gettempdir())):
        home = scratch_dir()
    with _kept(home):
        with explained(home):
            socket = home / "socket"
            socket.mkdir()
            account.own(socket)
            copy_tree(model / "data", home / "data")
        wanted = {**FAST, **(settings or {})}
        cluster = Cluster(home, programs, account, socket, wanted)
        cluster.start()
        yield cluster


@contextmanager
def _kept(home: Path) -> Iterator[None]:
    """Have *home* removed, its server ended, when the block or this process ends."""
    watch = subprocess.Popen(
        [sys.executable, "-I", "-S", str(reaper.__file__), str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,  # an interrupt from the terminal is not meant for it
    )
    try:
        yield
    finally:
        watch.communicate()  # closes the pipe, and waits


def template(programs: Path, account: Account) -> Path:
    """Give a freshly initialised cluster to copy, cached per build and account."""
    version = read_version(programs)[1]
    build = (programs / "postgres").stat()
    identity = f"{programs} {build.st_size} {build.st_mtime_ns} {account.uid} {_SMALL}"
    key = hashlib.sha256(identity.encode()).hexdigest()[:12]
    cache = cache_dir()
    target = cache / f"template-{version}-{key}"
    with exclusive(cache / "lock") as lock:
        if not target.exists():
            _make_template(target, programs, account, lock)
    return target


def _make_template(target: Path, programs: Path, account: Account, lock: int) -> None:
    partial = target.with_name(target.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)  # of a run that was killed
    with explained(partial):
        partial.mkdir()
        partial.chmod(0o755)  # the cache above it is closed to others, or root's
        initdb.initialise(partial / "data", programs, account, lock, *_SMALL)
        partial.rename(target)  # all or nothing
