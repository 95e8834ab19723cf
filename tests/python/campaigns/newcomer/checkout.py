"""A checkout of what is here now, somebody else's, in an environment of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from tests.python.campaigns.newcomer import pages
from tools.postgres.os_user import Account
from tools.project import ROOT

# Where packages come from, and whom to trust, is the machine's affair.
_MACHINE = re.compile(r"(PIP|UV|SSL|REQUESTS|NODE_EXTRA)_\w+|LANG|LC_ALL|TMPDIR")


class Checkout:
    """A checkout at *root*, where commands run as *account*, else as whoever runs this.

    Attributes:
        root: the directory.
    """

    def __init__(
        self, root: Path, account: Account | None = None, bare: bool = False
    ) -> None:
        self.root, self._account = root, account
        hidden = re.compile("DATABASE_URL|PG[A-Z]+|TODO_.*|GIT_.*")
        self._environment = {k: v for k, v in os.environ.items() if not hidden.match(k)}
        if bare:
            home = root.parent / "home"
            home.mkdir()
            kept = {k: v for k, v in os.environ.items() if _MACHINE.fullmatch(k)}
            self._environment = {**kept, "HOME": str(home), "PATH": os.defpath}
        self._copy()

    def _copy(self) -> None:
        listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
        done = subprocess.run(
            listed, cwd=ROOT, capture_output=True, text=True, check=True
        )
        for name in done.stdout.splitlines():
            if (ROOT / name).is_file():
                (self.root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, self.root / name)
        if self._account and not self._account.is_self:
            for path in (self.root.parent, *self.root.parent.rglob("*")):
                os.chown(path, self._account.uid, self._account.gid)
        self.run("git", "init", "--quiet", "--initial-branch=main")
        self.run("git", "add", "--all")
        author = ("-c", "user.name=x", "-c", "user.email=x@example.org")
        self.run("git", *author, "commit", "--quiet", "--message=Begin")

    def start(
        self, *command: str, given: int = subprocess.DEVNULL, **more: str
    ) -> subprocess.Popen[str]:
        """Start *command* there; what it prints is read from its one output."""
        return subprocess.Popen(
            command,
            cwd=self.root,
            env={**self._environment, **more},
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **(self._account.identity() if self._account else {}),
        )

    def run(self, *command: str, given: str | None = None, status: int = 0) -> str:
        """Run *command* there and give what it prints; it must end with *status*."""
        source = subprocess.DEVNULL if given is None else subprocess.PIPE
        process = self.start(*command, given=source)
        said, _ = process.communicate(given)
        if process.returncode != status:
            raise AssertionError(f"{command}: {process.returncode}\n{said[-4000:]}")
        return said

    def edit(self, page: str) -> set[str]:
        """Make the edits of *page* by hand, and name the files."""
        edited = set()
        for name, text in pages.edits(page):
            if name:
                (self.root / name).write_text(text)
                edited.add(name)
            else:
                self.run("patch", "--strip=1", "--no-backup-if-mismatch", given=text)
                edited.update(re.findall(r"^\+\+\+ b/(.+)$", text, re.MULTILINE))
        return edited

    def share_packages(self) -> None:
        """Use the packages of this checkout instead of installing them."""
        (self.root / ".venv").mkdir()
        for part in ("bin", "lib", "pyvenv.cfg"):
            (self.root / ".venv" / part).symlink_to(ROOT / ".venv" / part)
