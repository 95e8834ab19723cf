"""The lock: what changed is said, and a contradiction is explained."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest

from tools.console import Failure
from tools.dev import lock

OLD = """\
alpha==1.0 \\
    --hash=sha256:00
beta==2.0 ; sys_platform == 'win32' \\
    --hash=sha256:11
gone==1
"""
NEW = OLD.replace("alpha==1.0", "alpha==1.1").replace("gone==1\n", "new-one==3\n")


def test_differences_are_named() -> None:
    assert lock.compare(OLD, NEW) == [
        "alpha 1.0 -> 1.1",
        "gone 1 -> absent",
        "new-one absent -> 3",
    ]
    assert lock.compare(OLD, OLD) == []


def test_check_refuses_an_outdated_lock(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "requirements.lock"
    file.write_text(OLD)
    monkeypatch.setattr(lock, "LOCK", file)
    monkeypatch.setattr(lock, "PART", tmp_path / "part.lock")
    monkeypatch.setattr(lock, "compile_part", lambda text: text[:12])
    monkeypatch.setattr(lock, "compile_lock", lambda _, raise_versions: NEW)
    with pytest.raises(Failure, match="does not answer"):
        lock.main(["--check"])
    assert file.read_text() == OLD
    assert lock.main([]) == 0
    assert file.read_text() == NEW
    assert lock.main(["--check"]) == 0


def test_a_contradiction_is_explained(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(lock, "ROOT", tmp_path)
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    with pytest.raises(Failure, match="uv cannot resolve") as caught:
        lock.compile_lock("", raise_versions=False)
    assert caught.value.where == "pyproject.toml"


def test_the_first_step_installs_what_the_second_does() -> None:
    """Versions and hashes are the same, so that the second step only adds."""
    pins = re.compile(r"^(\S+==\S+)[^\\]*(\\\n(?:    .*\n)+)", re.MULTILINE)
    part = pins.findall(lock.PART.read_text())
    assert 10 < len(part) < 25
    assert set(part) <= set(pins.findall(lock.LOCK.read_text()))


def test_the_lock_pins_hashes_and_names_no_index() -> None:
    text = lock.LOCK.read_text()
    names = [line for line in text.splitlines() if "==" in line]
    assert len(names) > 40
    blocks = text.split("\n")
    for before, line in pairwise(blocks):
        if "==" in before:
            assert line.startswith("    --hash=sha256:"), before
    assert "://" not in text and "index-url" not in text
