"""Which migrations are under review: what differs from a commit, or what is pending."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg

from tools.console import Failure
from tools.migrate import compare, ledger
from tools.migrate import files as migration_files
from tools.migrate.files import MigrationFile
from tools.postgres.target import libpq_url

MAIN: Final = ("origin/main", "main", "origin/master", "master")


@dataclass(frozen=True)
class Change:
    """Migrations that are new or changed, and the ones before them.

    Attributes:
        base: what they are compared with, in words.
        before: a directory with the migrations that come before the change.
        directory: with all migrations as they are now.
        files: what is to run, in order: from the first that is new or changed on.
        edited: ids that the base knows with another text.
        removed: ids that the base knows and that are gone.
    """

    base: str
    before: Path
    directory: Path
    files: tuple[MigrationFile, ...]
    edited: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


def find(
    directory: Path, before: Path, *, base: str | None = None, url: str | None = None
) -> Change:
    """Find the change.

    Args:
        directory: of the migrations.
        before: an empty directory to put the migrations before the change into.
        base: a git ref to compare with; None for the merge base with the main branch.
        url: of a database; what it has not got is under review where no file differs
            from the base, and the last migration where it has everything.

    Raises:
        Failure: the ref is unknown, or the directory is not in order.
    """
    files = migration_files.read(directory)
    repository = _Repository.of(directory)
    commit = _commit(repository, base)
    if repository and commit:
        change = _since(commit, repository, directory, before, files, base)
        if change.files or change.removed or base:
            return change
    pending = _pending(files, url)
    words = "what the database has applied" if pending else "the migration before it"
    first = (pending or files[-1:])[0].number if files else ""
    for file in files:
        if file.number < first:
            for path in (file.path, file.rollback_path):
                if path.exists():
                    shutil.copy2(path, before)
    chosen = tuple(file for file in files if file.number >= first)
    return Change(words, before, directory, chosen)


@dataclass(frozen=True)
class _Repository:
    """A git checkout, and the path of the migrations in it."""

    root: Path
    path: str

    @classmethod
    def of(cls, directory: Path) -> _Repository | None:
        """Give the checkout of *directory*; None if there is none, or no git."""
        if not shutil.which("git"):
            return None
        asked = _git(directory, "rev-parse", "--show-toplevel")
        if asked.returncode:
            return None
        root = Path(os.fsdecode(asked.stdout).strip())
        return cls(root, os.path.relpath(directory.resolve(), root.resolve()))

    def commit(self, ref: str) -> str | None:
        """Give the commit that *ref* names, or None."""
        name = f"{ref}^{{commit}}"
        found = _git(self.root, "rev-parse", "--verify", "--quiet", name)
        return None if found.returncode else found.stdout.decode().strip()

    def merge_base(self, ref: str) -> str | None:
        """Give the last common commit of HEAD and *ref*, or None."""
        found = _git(self.root, "merge-base", "HEAD", ref)
        return None if found.returncode else found.stdout.decode().strip()

    def texts(self, commit: str) -> dict[str, str]:
        """Give name and text of the migrations in *commit*."""
        archive = _git(self.root, "archive", "--format=tar", commit, "--", self.path)
        if archive.returncode:  # the commit has no such directory
            return {}
        found = {}
        with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tar:
            for member in tar:
                stream = tar.extractfile(member) if member.isfile() else None
                name = Path(member.name).name
                if stream and name.endswith(".sql"):
                    text = stream.read().decode("utf-8", errors="replace")
                    found[name] = text.replace("\r\n", "\n")
        return found


def _git(where: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["git", "-C", str(where), *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )


def _commit(repository: _Repository | None, base: str | None) -> str | None:
    """Give the commit to compare with; None where there is nothing to compare with."""
    if base is None:
        refs = MAIN if repository else ()
        found = (repository.merge_base(ref) for ref in refs if repository)
        return next(filter(None, found), None)
    commit = repository.commit(base) if repository else None
    if commit is None:
        raise Failure(
            f"there is no commit {base!r}",
            where="--base",
            next="name a branch, a tag or a commit: git log --oneline -- migrations",
            status=2,
        )
    return commit


def _since(
    commit: str,
    repository: _Repository,
    directory: Path,
    before: Path,
    files: Sequence[MigrationFile],
    base: str | None,
) -> Change:
    then = repository.texts(commit)
    now = _texts(files)
    touched = {name[:4] for name in now | then if now.get(name) != then.get(name)}
    first = min(touched, default="")
    for name, text in then.items():
        if name[:4] < first:
            (before / name).write_text(text)
    known = {name.removesuffix(".sql").removesuffix(".rollback") for name in then}
    ids = {file.id: file for file in files}
    name = base or "the main branch"
    return Change(
        f"{name} ({commit[:12]})",
        before,
        directory,
        tuple(file for file in files if touched and file.number >= first),
        tuple(i for i in sorted(known & ids.keys()) if i[:4] in touched),
        tuple(sorted(known - ids.keys() - _replaced(files))),
    )


def _texts(files: Sequence[MigrationFile]) -> dict[str, str]:
    found = {file.path.name: file.sql for file in files}
    for file in files:
        if file.rollback_sql is not None:
            found[file.rollback_path.name] = file.rollback_sql
    return found


def _replaced(files: Sequence[MigrationFile]) -> set[str]:
    """Give the ids that a squashed file stands for."""
    lines = (line for file in files for line in file.header.values("replaces"))
    return {word for line in lines for word in line.split()}


def _pending(files: Sequence[MigrationFile], url: str | None) -> list[MigrationFile]:
    """Give what the database at *url* has not got; a silent one has everything."""
    if url is None:
        return []
    try:
        with psycopg.connect(libpq_url(url), connect_timeout=10) as connection:
            return compare.pending(files, ledger.read(connection))
    except psycopg.OperationalError:
        return []
