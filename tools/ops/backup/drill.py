"""Prove that a restore works, on this server's own backups: `make drill`.

A moment is named, the last backup is restored to it into a scratch server, and that
server is asked whether it is whole. What would be lost if the server were lost now is
measured, and the result is written down, where an alert looks for its age.
"""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from tools.console import Failure
from tools.ops.backup import marks, proof, state
from tools.ops.backup import restore as restoring
from tools.ops.backup.place import Place
from tools.ops.backup.proof import Check
from tools.ops.backup.repository import Repository

# Seconds of work that are not in the archive yet: the age of the WAL written since the
# last segment was sent, and nothing where nothing was written.
_LOSS: Final = """
select case
    when pg_walfile_name(pg_current_wal_insert_lsn()) > coalesce(last_archived_wal, '')
    then extract(epoch from clock_timestamp() - coalesce(
        last_archived_time, pg_postmaster_start_time()
    ))::float8
    else 0
end
from pg_stat_archiver
"""


@dataclass
class Result:
    """What a drill found.

    Attributes:
        backup: label of the backup that the restore began at.
        loss: seconds of work that were not in the archive when it began, at most.
        restored: seconds from the decision to a server that takes writes.
        proved: seconds that the checks took.
        rows: in the restored database.
        checks: each with its answer.
    """

    backup: str = ""
    loss: float = 0.0
    restored: float = 0.0
    proved: float = 0.0
    rows: int = 0
    checks: list[Check] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether all is as it should be."""
        return bool(self.checks) and all(check.ok for check in self.checks)


def drill(place: Place) -> Result:
    """Hold the drill and write its result down, whatever it is.

    Raises:
        Failure: there is nothing to restore, or the restore fails; written down too.
    """
    result = Result()
    try:
        _hold(place, result)
    except Failure as failure:
        _record(place, result, failure.what)
        raise
    _record(place, result, "")
    return result


def _hold(place: Place, result: Result) -> None:
    if not place.config.exists():
        raise Failure("there is no backup", where=str(place.home), next="make backup")
    with place.connect() as connection:
        database = connection.info.dbname
        row = connection.execute(_LOSS).fetchone()
        result.loss = max(0.0, round(row[0], 1)) if row else 0.0
    before = proof.rows(place.url)
    name = f"drill_{secrets.token_hex(8)}"
    marks.mark(place, name)
    after = proof.rows(place.url)
    backups = Repository(place).backups()
    result.backup = restoring.newest_before(backups, marks.read(place)[name]).label
    began = time.monotonic()
    with scratch(place) as home:
        cluster = restoring.restore(place, restoring.parse(name), home / "server")
        try:
            result.restored = round(time.monotonic() - began, 1)
            began = time.monotonic()
            found = proof.rows(cluster.url(database))
            result.rows = sum(found.values())
            result.checks.append(_compare(before, found, after))
            result.checks += proof.prove(cluster, database)
            result.proved = round(time.monotonic() - began, 1)
        finally:
            restoring.discard(cluster)


@contextmanager
def scratch(place: Place) -> Iterator[Path]:
    """Give a directory beside the backups, which is removed at the end."""
    made = place.home / f"drill-{secrets.token_hex(4)}"
    made.mkdir()
    made.chmod(0o711)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _compare(
    before: dict[str, int], found: dict[str, int], after: dict[str, int]
) -> Check:
    """Say whether every table has the rows that it had at the moment.

    The moment lies between two counts. Where both are equal, so must the third be.
    """
    wrong = [
        f"{name}: {found.get(name, 'no table')}, was {rows} to {after.get(name)}"
        for name, rows in before.items()
        if not min(rows, after.get(name, 0)) <= found.get(name, -1)
        <= max(rows, after.get(name, 0))
    ]  # fmt: skip
    exact = sum(
        found.get(name) == rows == after.get(name) for name, rows in before.items()
    )
    said = f"{exact} of {len(before)} tables have exactly the rows of that moment"
    return Check("rows", not wrong and bool(before), "; ".join(wrong) or said)


def _record(place: Place, result: Result, reason: str) -> None:
    if place.home.is_dir():
        told = {"ok": result.ok and not reason, "reason": reason, **asdict(result)}
        state.write(place.state, "drill", told)
