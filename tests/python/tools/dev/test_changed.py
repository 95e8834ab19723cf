"""The tests of what changed are found by names."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tools.dev import changed
from tools.project import ROOT


def test_a_table_is_tested_at_its_own_path_and_by_the_postures() -> None:
    found = changed.pgtap(["sql/app_data/tables/tasks.sql", "sql/lints/prelude.sql"])
    assert found == ["tests/pgtap/app_data/tables/tasks.sql", "tests/pgtap/posture.sql"]
    matrix = "tests/python/security/test_matrix.py"
    assert changed.pytest(["sql/app_data/tables/tasks.sql"]) == [matrix]


def test_a_module_is_tested_by_the_file_of_its_name() -> None:
    home = "tests/python/tools"
    names = ["tools/dev/lock.py", "tools/nowhere.py", f"{home}/dev/test_site.py"]
    tests = [f"{home}/dev/test_lock.py", f"{home}/dev/test_site.py"]
    assert changed.pytest(names) == tests
    package = f"{home}/console/test_console.py"
    assert changed.pytest(["tools/console/__init__.py"]) == [package]
    assert changed.pytest(["LICENSE"]) == []
    for _, test in changed._ELSEWHERE:
        assert (ROOT / test).exists(), test


def test_files_are_those_since_the_main_branch(tmp_path: Path) -> None:
    def git(*words: str) -> None:
        author = ("-c", "user.name=x", "-c", "user.email=x@example.org")
        subprocess.run(["git", *author, *words], cwd=tmp_path, check=True)

    git("init", "--quiet", "--initial-branch=main")
    for name in ("old.py", "gone.py"):
        (tmp_path / name).write_text("")
    git("add", "--all")
    git("commit", "--quiet", "--message=one")
    git("checkout", "--quiet", "-b", "branch")
    assert changed.files(tmp_path) == []
    (tmp_path / "committed.py").write_text("")
    git("add", "--all")
    git("commit", "--quiet", "--message=two")
    (tmp_path / "old.py").write_text("changed")
    (tmp_path / "gone.py").unlink()
    (tmp_path / "new.py").write_text("")
    assert changed.files(tmp_path) == ["committed.py", "new.py", "old.py"]
