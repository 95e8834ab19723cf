"""The pages "add a column" and "add a table" lead to what they promise.

Their steps are done in a checkout of its own, with this one's packages, but for what is
made from the migration: `make newcomer` does all of it. What tells of a forgotten step
is seen, too.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.python.campaigns.newcomer.checkout import Checkout
from tools.dev import changed

_COLUMN, _TABLE = "docs/add-a-column.md", "docs/add-a-table.md"


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A checkout of what is here now."""
    found = Checkout(tmp_path_factory.mktemp("somebody") / "todo-db")
    found.share_packages()
    yield found


def tool(scratch: Checkout, *words: str, status: int = 0) -> str:
    """Run `python -m` there."""
    return scratch.run(".venv/bin/python", "-m", *words, status=status)


def test_a_column_and_a_table_are_added_by_the_pages(scratch: Checkout) -> None:
    column, table = scratch.edit(_COLUMN), scratch.edit(_TABLE)
    assert len(column) + 1 <= 4, "with the migration: four edits by hand at the most"
    assert set(changed.files(scratch.root)) == column | table
    tool(scratch, "tools.migrate", "squash")
    said = tool(scratch, "tools.verify", status=1)
    assert "4 of 5 proven" in said, said
    assert "next: make codegen" in said, "what is told where it is forgotten"
    found = changed.files(scratch.root)
    tests = changed.pgtap(found, scratch.root)
    assert {
        name for name in column | table if "/pgtap/" in name and "fixtures" not in name
    } < set(tests)
    tool(scratch, "tools.verify.pgtap", *tests)
    matrix = "tests/python/security/test_matrix.py"
    assert matrix in changed.pytest(found, scratch.root)
    tool(scratch, "pytest", "-q", "-p", "no:cacheprovider", matrix, "-k", "reminders")


def test_a_forgotten_step_is_told(scratch: Checkout) -> None:
    """Run after the other: without its grant the column is written by nobody."""
    access = scratch.root / "sql/app_data/access/tasks.sql"
    whole = access.read_text()
    access.write_text(whole.replace(", estimate", ""))
    tool(scratch, "tools.migrate", "squash")
    with pytest.raises(AssertionError, match="nothing takes no time"):
        tool(scratch, "tools.verify.pgtap", "tests/pgtap/app_data/tables/tasks.sql")
    access.write_text(whole)
