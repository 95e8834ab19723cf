"""The proof, on each version of PostgreSQL, that the change can be taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tools import catalog, migrate
from tools.console import Failure
from tools.migrate.files import MigrationFile, shown
from tools.postgres import databases
from tools.postgres.server import Cluster, find_bin, throwaway
from tools.review import plpgsql
from tools.review.changes import Change
from tools.review.plpgsql import Remark

VERSIONS: Final = (15, 16, 17, 18)
_DATABASE: Final = "proof"


@dataclass
class Proof:
    """What one version of PostgreSQL showed.

    Attributes:
        version: such as `18.6`, or the major version alone where it is not there.
        passed: whether all of it holds; None where it could not be tried.
        lines: what was done, or what differs.
        remarks: of plpgsql_check before and after; None where it is not there.
        where: the file that is to blame, empty where none is.
    """

    version: str
    passed: bool | None = True
    lines: list[str] = field(default_factory=list)
    remarks: tuple[Sequence[Remark], Sequence[Remark]] | None = None
    where: str = ""


def prove(change: Change, major: int) -> Proof:
    """Apply the change, take it back, compare, and apply it again.

    Args:
        change: under review.
        major: version of PostgreSQL.
    """
    try:
        bin_dir = find_bin(major)
    except Failure:
        return Proof(str(major), None, ["It is not at hand here."])
    with throwaway(bin_dir) as cluster:
        databases.create(cluster.url(), _DATABASE)
        proof = Proof(cluster.version)
        try:
            _prove(change, cluster, bin_dir, proof)
        except Failure as failure:
            proof.passed = False
            proof.lines.append(failure.what)
            proof.where = proof.where or failure.where or ""
    return proof


def _prove(change: Change, cluster: Cluster, bin_dir: Path, proof: Proof) -> None:
    url = cluster.url(_DATABASE)
    if any(change.before.glob("*.sql")):
        migrate.apply(url, directory=change.before)
    first = plpgsql.check(url)
    states = [catalog.state("before", url, bin_dir)]
    for file in change.files:
        migrate.apply(url, directory=change.directory, until=file.id)
        states.append(catalog.state(f"after {file.id}", url, bin_dir))
    last = plpgsql.check(url)
    if first is not None and last is not None:
        proof.remarks = first, last
    back = _reversible(change.files)
    for file, expected in zip(back, states[-2::-1], strict=False):
        migrate.rollback(url, directory=change.directory)
        found = catalog.state(f"after {file.id}.rollback.sql", url, bin_dir)
        if lines := catalog.unlike(expected, found):
            proof.passed, proof.where = False, f"{shown(file.rollback_path)}:1"
            name = file.rollback_path.name
            proof.lines += [f"{name} does not lead back to what was before.", *lines]
            return
    migrate.apply(url, directory=change.directory)
    if lines := catalog.unlike(states[-1], catalog.state("again", url, bin_dir)):
        proof.passed = False
        proof.lines += ["Applied again, it does not give the same.", *lines]
    else:
        proof.lines.append(_told(change.files, back))


def _reversible(files: Sequence[MigrationFile]) -> list[MigrationFile]:
    """Give the files that can be taken back from the end, the last first."""
    found: list[MigrationFile] = []
    for file in reversed(files):
        if file.irreversible:
            break
        found.append(file)
    return found


def _told(files: Sequence[MigrationFile], back: Sequence[MigrationFile]) -> str:
    if not back:
        return f"Applied; the last file cannot be taken back: {files[-1].irreversible}"
    names = ", ".join(file.id for file in back)
    return f"Applied, taken back ({names}), equal to before, applied again, equal."
