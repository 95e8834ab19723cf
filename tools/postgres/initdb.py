"""Make a data directory, and tell which major version made one."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from tools.console import Failure
from tools.postgres.binaries import read_version
from tools.postgres.os_user import Account

_HBA: Final = """\
# The directory of the socket is closed to everybody but this server's account and root:
# that is what authenticates postgres. All others show a password, as on a real host.
local all         postgres trust
local replication postgres trust
local all         all      scram-sha-256
"""


def initialise(
    data: Path, programs: Path, account: Account, lock: int, *options: str
) -> None:
    """Make *data* with initdb if it is not there; a run cut short is made anew.

    Args:
        data: the data directory to make.
        programs: directory of initdb.
        account: owner of the data directory.
        lock: descriptor of a lock held for this; initdb holds it on if we are killed.
        options: further options of initdb.

    Raises:
        Failure: initdb failed, or something else stands at the place.
    """
    if (data / "PG_VERSION").exists():
        return
    if data.exists():
        raise Failure(
            f"{data} is no data directory of PostgreSQL",
            where=str(data),
            next=f"move it away: mv {data} {data}.old",
        )
    partial = data.with_name(data.name + ".partial")
    if partial.exists():
        shutil.rmtree(partial)
    partial.mkdir()
    account.own(partial)
    arguments = ["-D", str(partial), *_options(programs), *options]
    done = account.run(programs / "initdb", *arguments, keep=[lock])
    if done.returncode:
        shutil.rmtree(partial, ignore_errors=True)
        raise _failure(partial, done.stderr or done.stdout)
    (partial / "pg_hba.conf").write_text(_HBA)
    partial.rename(data)  # all or nothing


def major_of(data: Path) -> int | None:
    """Read which major version made *data*; None where it is not made yet."""
    try:
        return int((data / "PG_VERSION").read_text())
    except FileNotFoundError:
        return None


def check_major(data: Path, programs: Path) -> None:
    """Refuse programs of another major version than the data's.

    Raises:
        Failure: they differ; says how to go on, to move the content, to begin afresh.
    """
    found, (chosen, _) = major_of(data), read_version(programs)
    if found == chosen:
        return
    dump = f"PG_MAJOR={found} .venv/bin/python -m tools.postgres dump > dump.sql"
    raise Failure(
        f"the data directory was made by PostgreSQL {found}, and PG_MAJOR or PG_BIN "
        f"chooses PostgreSQL {chosen}",
        where=str(data),
        next=f"unset PG_BIN PG_MAJOR, to go on with {found}. To change to {chosen}: "
        f"`{dump}`, `make db-stop`, `mv {data} {data}-{found}`, `make db-start`, "
        "and `make psql < dump.sql` if the content matters",
    )


def _options(programs: Path) -> list[str]:
    options = ["--username=postgres", "--auth=trust", "--encoding=UTF8"]
    options += ["--locale=C.UTF-8", "--no-instructions"]
    # Seconds on a busy disk, to save an empty cluster from a power cut in its first
    # half-minute. What is written to it later is as durable as ever.
    options.append("--no-sync")
    if read_version(programs)[0] >= 17:  # the same order and case rules everywhere
        options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return options


def _failure(target: Path, said: str) -> Failure:
    lines = said.strip().splitlines() or ["no reason given"]
    reasons = [line for line in lines if "error:" in line or "FATAL:" in line]
    return Failure(
        f"initdb failed: {(reasons or lines)[0]}",
        where=str(target),
        next=f"look at `df {target.parent}` and `ls -ld {target.parent}`",
    )
