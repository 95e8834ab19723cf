"""The way from a bare Python to .venv, with our own packages and without a network."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from tools.dev import install
from tools.project import ROOT

BACKEND = '''
"""A build backend that needs no package: an editable wheel of one file."""
import zipfile

def build_editable(directory, config_settings=None, metadata_directory=None):
    name = "thing-1-py3-none-any.whl"
    info = "thing-1.dist-info/"
    with zipfile.ZipFile(directory + "/" + name, "w") as wheel:
        wheel.writestr("thing.pth", "")
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: thing\\nVersion: 1\\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nTag: py3-none-any\\n")
        wheel.writestr(info + "RECORD", "")
    return name
'''  # noqa: E501
PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "thing"
version = "1"
"""


@dataclass(frozen=True)
class Checkout:
    """A checkout with a lock of its own, and a folder of wheels for an index."""

    root: Path
    wheels: Path

    def lock(self, *names: str, hash_of: str | None = None, part: bool = False) -> None:
        """Write a lock of packages *names*, each with its hash or with another's."""
        lines = []
        for name in names:
            digest = make_wheel(self.wheels, name)
            if hash_of:
                digest = hashlib.sha256(hash_of.encode()).hexdigest()
            lines.append(f"{name}==1 \\\n    --hash=sha256:{digest}\n")
        name = "requirements.migrate.lock" if part else "requirements.lock"
        (self.root / name).write_text("".join(lines))

    def install(
        self, *words: str, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run the installation in a bare environment."""
        environment = {
            "HOME": str(self.root),
            "PATH": os.defpath,
            "PIP_NO_INDEX": "1",
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_FIND_LINKS": str(self.wheels),
            **variables,
        }
        return subprocess.run(
            [sys._base_executable, "-I", "tools/dev/install.py", *words],  # type: ignore[attr-defined]
            cwd=self.root,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def has(self, name: str) -> bool:
        """Tell whether the installed Python imports *name*."""
        python = self.root / ".venv" / "bin" / "python"
        command = [str(python), "-I", "-c", f"import {name}"]
        return subprocess.run(command, stderr=subprocess.DEVNULL).returncode == 0


def make_wheel(directory: Path, name: str) -> str:
    """Write a wheel of the empty package *name* and give its SHA-256."""
    info = f"{name}-1.dist-info"
    files = {
        f"{name}.py": "",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nTag: py3-none-any\n",
    }
    record = f"{info}/RECORD"
    lines = [f"{record},,"]
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
        lines.append(f"{path},sha256={digest.decode().rstrip('=')},{len(text)}")
    file = directory / f"{name}-1-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as wheel:
        for path, text in {**files, record: "\n".join(lines)}.items():
            wheel.writestr(zipfile.ZipInfo(path), text)  # no time: the same bytes again
    return hashlib.sha256(file.read_bytes()).hexdigest()


def make_checkout(root: Path, wheels: Path) -> Checkout:
    """Make a checkout of the installation and of a project that needs nothing."""
    (root / "tools" / "dev").mkdir(parents=True)
    shutil.copy(ROOT / "tools" / "dev" / "install.py", root / "tools" / "dev")
    # A module beside the script that would hide one of the standard library.
    (root / "tools" / "dev" / "hashlib.py").write_text("raise SystemExit('hidden')\n")
    (root / "backend.py").write_text(BACKEND)
    (root / "pyproject.toml").write_text(PROJECT)
    return Checkout(root, wheels)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout in which the installation has run, in its two steps."""
    root = tmp_path_factory.mktemp("a place") / "check out"
    checkout = make_checkout(root, tmp_path_factory.mktemp("wheels"))
    checkout.lock("first", part=True)
    checkout.lock("first", "second")
    done = checkout.install("migrate")
    assert done.returncode == 0, done.stderr
    assert "1 packages that make migrate needs" in done.stdout
    assert checkout.has("first") and not checkout.has("second")
    begun = (root / ".venv" / "bin" / "python").lstat().st_mtime_ns
    done = checkout.install()
    assert done.returncode == 0, done.stderr
    assert "2 packages of requirements.lock" in done.stdout
    assert (root / ".venv" / "bin" / "python").lstat().st_mtime_ns == begun
    return checkout


def test_packages_and_the_project_are_there(installed: Checkout) -> None:
    assert installed.has("first") and installed.has("second")
    place = installed.root / ".venv"
    assert list(place.glob("lib/python*/site-packages/thing-1.dist-info"))


def test_a_second_run_does_nothing(installed: Checkout) -> None:
    before = (installed.root / ".venv" / "bin" / "python").lstat().st_mtime_ns
    for words in ((), ("migrate",)):
        done = installed.install(*words)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (installed.root / ".venv" / "bin" / "python").lstat().st_mtime_ns == before


def test_a_failed_run_is_explained_and_made_anew(installed: Checkout) -> None:
    installed.lock("first", "third", hash_of="something else")
    done = installed.install()
    assert done.returncode == 1
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in done.stderr
    assert "next:" in done.stderr and "Traceback" not in done.stderr
    assert not (installed.root / ".venv" / ".packages").exists()

    shutil.rmtree(installed.root / ".venv" / "bin")  # and somebody tidied up
    installed.lock("first", "third")
    done = installed.install()
    assert done.returncode == 0, done.stderr
    assert installed.has("first") and installed.has("third")
    assert not installed.has("second"), "a package that left the lock is still there"


@pytest.mark.parametrize("index", ["", "https://index.invalid/simple"])
def test_uv_installs_unless_pip_has_an_index_of_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, index: str
) -> None:
    uv, lock, by_pip = tmp_path / "uv", tmp_path / "lock", list[object]()
    uv.write_text('#!/bin/sh\necho "$@" > "$0.calls"\n')
    uv.chmod(0o755)
    lock.write_text("first==1\n")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.defpath}")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", index)
    monkeypatch.setattr(install, "PYTHON", Path(sys.executable))
    monkeypatch.setattr(install, "LOCK", lock)
    monkeypatch.setattr(install, "_pip", lambda *words, **_: by_pip.append(words))
    install._install(lock, "of a test")
    if index:
        assert by_pip and not tmp_path.joinpath("uv.calls").exists()
    else:
        said = tmp_path.joinpath("uv.calls").read_text()
        assert said.startswith(
            f"pip sync --quiet --compile-bytecode --require-hashes {lock}"
        )
        uv.write_text("#!/bin/sh\nexit 2\n")  # no network of its own, say
        assert not by_pip
        install._install(lock, "of a test")
        assert by_pip


def test_an_old_python_hands_over_to_a_newer_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    newer = tmp_path / "python3.12"
    newer.write_text("#!/bin/sh\n")
    newer.chmod(0o755)
    called: list[list[str]] = []
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(os, "execv", lambda _, words: called.append(words))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(install.Problem):  # execv returned, as it never does
        install._use_new_python()
    assert called == [[str(newer), "-I", install.__file__]]


def test_an_old_python_alone_is_explained(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    monkeypatch.setenv("PATH", "/nonexistent")
    assert install.main([]) == 1
    said = capsys.readouterr().err
    assert "3.11 or newer is needed" in said
    assert "make PYTHON=" in said


def without_ensurepip(monkeypatch: pytest.MonkeyPatch, root: bool) -> None:
    """Be a Debian without python3-venv."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    monkeypatch.setattr(os, "geteuid", lambda: 0 if root else 1000)


def test_a_missing_ensurepip_is_explained_to_a_user(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    without_ensurepip(monkeypatch, root=False)
    with pytest.raises(install.Problem, match="lacks the module ensurepip") as caught:
        install._need_ensurepip()
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert f"sudo apt-get install python{version}-venv" in caught.value.next


def test_a_missing_ensurepip_is_installed_by_root(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    calls = tmp_path / "calls"
    apt = tmp_path / "apt-get"
    apt.write_text(f'#!/bin/sh\necho "$@" >> {calls}\n')
    apt.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    without_ensurepip(monkeypatch, root=True)
    with pytest.raises(install.Problem):  # this apt-get installed nothing
        install._need_ensurepip()
    update, wanted = calls.read_text().splitlines()
    assert update.endswith("update")
    assert "install -y --no-install-recommends python3." in wanted
