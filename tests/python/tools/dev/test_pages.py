"""The pages "add a column" and "add a table" lead to what they promise.

Their steps are done in a checkout of its own, with this one's packages. `make check` is
done in its parts: those that a forgotten step is told by.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.dev import changed
from tools.project import ROOT

_COLUMN, _TABLE = "add-a-column.md", "add-a-table.md"
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


class Scratch:
    """A checkout that is somebody's own."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def run(self, *command: str, given: str | None = None) -> str:
        """Run *command* there and give what it prints; it must succeed."""
        hidden = re.compile("DATABASE_URL|PG[A-Z]+|TODO_.*|GIT_.*")
        kept = {k: v for k, v in os.environ.items() if not hidden.match(k)}
        done = subprocess.run(
            command,
            cwd=self.root,
            env=kept,
            input=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}: {done.stdout[-4000:]}"
        return done.stdout

    def tool(self, *words: str) -> str:
        """Run `python -m` there."""
        return self.run(".venv/bin/python", "-m", *words)

    def edit(self, page: str) -> set[str]:
        """Make the edits of *page* by hand, and name the files."""
        edited = set()
        for language, text in _BLOCK.findall((ROOT / "docs" / page).read_text("utf-8")):
            if language == "diff":
                self.run("patch", "--strip=1", "--no-backup-if-mismatch", given=text)
                edited.update(re.findall(r"^\+\+\+ b/(.+)$", text, re.MULTILINE))
            elif language == "sql":
                name, _, content = text.removeprefix("-- ").partition("\n")
                (self.root / name).write_text(content)
                edited.add(name)
        return edited


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scratch]:
    """A checkout of what is here now."""
    root = tmp_path_factory.mktemp("somebody") / "todo-db"
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(lambda name: (ROOT / name).is_file(), names.stdout.splitlines()):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    (root / ".venv").mkdir()
    for part in ("bin", "lib", "pyvenv.cfg"):
        (root / ".venv" / part).symlink_to(ROOT / ".venv" / part)
    found = Scratch(root)
    found.run("git", "init", "--quiet", "--initial-branch=main")
    found.run("git", "add", "--all")
    author = ("-c", "user.name=x", "-c", "user.email=x@example.org")
    found.run("git", *author, "commit", "--quiet", "--message=Begin")
    yield found


def test_a_column_and_a_table_are_added_by_the_pages(scratch: Scratch) -> None:
    column, table = scratch.edit(_COLUMN), scratch.edit(_TABLE)
    assert len(column) + 1 <= 4, "with the migration: four edits by hand at the most"
    assert set(changed.files(scratch.root)) == column | table
    scratch.tool("tools.migrate", "squash")
    scratch.tool("tools.codegen")
    assert "estimate" in (scratch.root / "generated/docs/dictionary.md").read_text()
    found = changed.files(scratch.root)
    tests = changed.pgtap(found, scratch.root)
    assert {
        name for name in column | table if "/pgtap/" in name and "fixtures" not in name
    } < set(tests)
    scratch.tool("tools.verify")
    scratch.tool("tools.verify.pgtap", *tests)
    scratch.tool(
        "sqlfluff",
        "lint",
        "-p",
        "1",
        *(n for n in found if "sql/app" in n and n.endswith(".sql")),
    )
    matrix = "tests/python/security/test_matrix.py"
    assert matrix in changed.pytest(found, scratch.root)
    scratch.tool("pytest", "-q", "-p", "no:cacheprovider", matrix)


def test_a_forgotten_step_is_told(scratch: Scratch) -> None:
    """Run after the other: without its grant the column is written by nobody."""
    access = scratch.root / "sql/app_data/access/tasks.sql"
    whole = access.read_text()
    access.write_text(whole.replace(", estimate", ""))
    scratch.tool("tools.migrate", "squash")
    with pytest.raises(AssertionError, match="nothing takes no time"):
        scratch.tool("tools.verify.pgtap", "tests/pgtap/app_data/tables/tasks.sql")
    access.write_text(whole)
