"""Where the private cluster of a checkout lives: below `.postgres/`, unless it cannot.

Root's server runs as another user, who may not be able to enter the checkout (/root is
closed). No permission of a directory that is already there is widened for it: then the
cluster lives below /var/lib/todo-db, and `.postgres/elsewhere` says where.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from pathlib import Path
from typing import Final

from tools.console import Failure
from tools.postgres.cluster import socket_fits
from tools.postgres.os_user import Account, account_of, server_account
from tools.postgres.storage import (
    alone_in,
    explained,
    give_to_owner_of,
    owned_dir,
    user_temp,
)
from tools.project import POSTGRES, ROOT

_ELSEWHERE: Final = POSTGRES / "elsewhere"
_BASE: Final = Path("/var/lib/todo-db")


def find_home() -> Path | None:
    """Give the cluster's directory, or None where there is no data directory yet."""
    for place in (POSTGRES, _elsewhere()):
        if place is not None and (place / "data").exists():
            return place
    return None


def make_home() -> tuple[Path, Account]:
    """Give the cluster's directory, made if need be, and the account that serves it.

    Raises:
        Failure: the data are another user's, or the file system refuses.
    """
    with explained(POSTGRES), alone_in(ROOT / "tools"):
        home = find_home()
        if home is not None:
            return home, _account_of_data(home / "data")
        account = server_account()
        if not POSTGRES.is_dir():
            POSTGRES.mkdir()
            POSTGRES.chmod(0o755)  # whatever the umask: the server passes through
            give_to_owner_of(ROOT, POSTGRES)
        if account.reaches(POSTGRES):
            return POSTGRES, account
        # Noted, but without data yet: another process is at it, or has been killed.
        return _elsewhere() or _make_elsewhere(), account


def socket_directory(home: Path, account: Account) -> Path:
    """Give the directory of the socket, made if need be; short for a long *home*."""
    socket = home / "socket"
    if not socket_fits(socket):
        name = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
        socket = user_temp() / name
    with explained(socket):
        socket.mkdir(exist_ok=True)
        account.own(socket)
    return socket


def forget(home: Path) -> None:
    """Remove what is left of a cluster elsewhere, once its data are removed."""
    if home != POSTGRES:
        shutil.rmtree(home)
        _ELSEWHERE.unlink(missing_ok=True)


def _account_of_data(data: Path) -> Account:
    owner = account_of(data.stat().st_uid)
    if os.geteuid() == 0 and owner is not None and owner.uid != 0:
        return owner
    account = server_account()
    if data.stat().st_uid != account.uid:
        name = owner.name if owner else f"user {data.stat().st_uid}"
        raise Failure(
            f"the data directory belongs to {name}, this is {account.name}",
            where=str(data),
            next="run it as that user, or as root; or use a checkout of your own",
        )
    return account


def _elsewhere() -> Path | None:
    """Read the note. A copied checkout has a copied note, which is not its own."""
    try:
        place = Path(_ELSEWHERE.read_text().strip())
        original = Path((place / "checkout").read_text().strip())
    except OSError:
        return None
    if original == ROOT:
        return place
    if (original / _ELSEWHERE.relative_to(ROOT)).exists():
        return None
    (place / "checkout").write_text(f"{ROOT}\n")  # the checkout was moved
    return place


def _make_elsewhere() -> Path:
    place = owned_dir(_BASE, 0o755) / f"{ROOT.name}-{secrets.token_hex(6)}"
    _ELSEWHERE.write_text(f"{place}\n")  # first: a note of nothing does no harm
    place.mkdir()
    place.chmod(0o755)
    (place / "checkout").write_text(f"{ROOT}\n")
    return place
