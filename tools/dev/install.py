"""Make .venv as requirements.lock says, with the project in it, editable.

    python3 -I tools/dev/install.py [migrate]

`migrate` installs requirements.migrate.lock alone, which `make migrate` needs; the rest
follows when another target needs it. uv installs them, several times as fast as pip:
the one on PATH, or that of the lock. Where it cannot, or pip is set to ask an index of
its own, pip does.

It runs before any package is there, under the system's Python, so it needs the standard
library only. `-I` keeps the modules beside it from hiding those of the library. A
second run finds nothing to do; a run cut short is made anew.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

OLDEST = (3, 11)
NEWEST_TRIED = 15
ROOT = Path(__file__).resolve().parent.parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "requirements.lock"
PART = ROOT / "requirements.migrate.lock"
PROJECT = ROOT / "pyproject.toml"
# Written last: a .venv without them is half made.
PART_STAMP = VENV / ".packages-migrate"
PACKAGES_STAMP = VENV / ".packages"
PROJECT_STAMP = VENV / ".project"


class Problem(Exception):
    """A reason to stop, and what to do next."""

    def __init__(self, what: str, next: str, where: str = "") -> None:
        super().__init__(what)
        self.what, self.next, self.where = what, next, where


def main(words: list[str]) -> int:
    """Bring .venv up to date and give the exit status."""
    try:
        _use_new_python()
        with _alone():
            if words == ["migrate"]:
                install_part()
            else:
                install()
    except Problem as problem:
        sys.stderr.write(f"error: {problem.what}\n")
        if problem.where:
            sys.stderr.write(f"  where: {problem.where}\n")
        sys.stderr.write(f"  next:  {problem.next}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; the next run begins anew\n")
        return 130
    return 0


def install_part() -> None:
    """Make what `make migrate` needs, unless it or all is there.

    Raises:
        Problem: no module venv, or no package can be had.
    """
    part = _fingerprint(PART)
    if _is_current(PART_STAMP, part) or _is_current(PACKAGES_STAMP, _fingerprint(LOCK)):
        return
    _make_venv()
    _install(PART, "that make migrate needs; the others follow when they are needed")
    PART_STAMP.write_text(part)


def install() -> None:
    """Make what is missing or out of date.

    Raises:
        Problem: no module venv, or no package can be had.
    """
    packages, project = _fingerprint(LOCK), _fingerprint(PROJECT)
    if not _is_current(PACKAGES_STAMP, packages):
        begun = PART.exists() and _is_current(PART_STAMP, _fingerprint(PART))
        if not begun or PACKAGES_STAMP.exists():  # or it holds what left the lock
            _make_venv()
        _install(LOCK, "of requirements.lock")
        PACKAGES_STAMP.write_text(packages)
    if not _is_current(PROJECT_STAMP, project):
        with _timed("the project itself, editable"):
            options = ("--no-deps", "--no-build-isolation", "--no-index")
            _pip("install", *options, "-e", str(ROOT))
        PROJECT_STAMP.write_text(project)


def _use_new_python() -> None:
    """Continue under a newer Python of this machine where this one is too old.

    Raises:
        Problem: there is none.
    """
    if sys.version_info >= OLDEST:
        return
    for minor in range(NEWEST_TRIED, OLDEST[1] - 1, -1):
        found = shutil.which("python3.%d" % minor)  # noqa: UP031 - for old Pythons
        if found:
            os.execv(found, [found, "-I", __file__])  # noqa: S606 - the same script
    version = ".".join(map(str, OLDEST))
    raise Problem(
        f"this is Python {sys.version.split()[0]}; {version} or newer is needed",
        next="install one, or name it: make PYTHON=/path/to/python3.12",
        where=sys.executable,
    )


@contextmanager
def _alone() -> Iterator[None]:
    """Let a second run wait; the directory is the lock, so no file is left behind."""
    descriptor = os.open(str(ROOT), os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _fingerprint(source: Path) -> str:
    """Sum up what an installation depends on; a moved checkout is another one."""
    context = f"{ROOT} {sys.version_info[:2]}".encode()
    return hashlib.sha256(context + source.read_bytes()).hexdigest()


def _is_current(stamp: Path, fingerprint: str) -> bool:
    try:
        return stamp.read_text() == fingerprint and PYTHON.exists()
    except OSError:
        return False


def _make_venv() -> None:
    """Begin with an empty .venv, so that it holds what the lock says and no more."""
    _need_ensurepip()
    _stop_server()
    try:
        if VENV.is_symlink():
            VENV.unlink()
        if VENV.exists():
            shutil.rmtree(str(VENV))
    except OSError as error:
        raise Problem(
            f"cannot remove the old .venv: {error.strerror}",
            next=f"look at `ls -ld {VENV}`: another user may have made it",
            where=str(error.filename),
        ) from error
    with _timed(f"Python {sys.version.split()[0]} in .venv"):
        _run([sys.executable, "-I", "-m", "venv", str(VENV)], "cannot make .venv")


def _stop_server() -> None:
    """Stop a private server whose programs are in the .venv that goes."""
    if PYTHON.exists() and (ROOT / ".postgres").exists():
        command = [str(PYTHON), "-m", "tools.postgres", "stop"]
        subprocess.run(command, cwd=str(ROOT), capture_output=True, check=False)


def _need_ensurepip() -> None:
    """See to it that `venv` can put pip into .venv; Debian packs that apart."""
    if importlib.util.find_spec("ensurepip") and importlib.util.find_spec("venv"):
        return
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    if os.geteuid() == 0 and shutil.which("apt-get"):
        with _timed(f"Debian package {package}"):
            apt = ["apt-get", "-o", "DPkg::Lock::Timeout=60"]
            _run([*apt, "update"], "apt-get update failed")
            wanted = ["install", "-y", "--no-install-recommends", package]
            _run([*apt, *wanted], f"cannot install {package}")
        importlib.invalidate_caches()
        if importlib.util.find_spec("ensurepip"):
            return
    raise Problem(
        "this Python lacks the module ensurepip, so it cannot make a .venv",
        next=f"sudo apt-get install {package}, or name another Python: "
        "make PYTHON=/path/to/python3.12",
        where=sys.executable,
    )


def _install(lock: Path, of_what: str) -> None:
    """Install the packages of *lock*, by uv if it will."""
    count = sum("==" in line for line in lock.read_text().splitlines())
    with _timed(f"{count} packages {of_what}"):
        uv = _uv()
        if uv:
            # As pip does: else each start compiles, where nothing may be written.
            sync = ["pip", "sync", "--quiet", "--compile-bytecode"]
            sync += ["--require-hashes", str(lock)]
            command = [uv, *sync, "--python", str(PYTHON)]
            if not subprocess.run(command, capture_output=True, check=False).returncode:
                return
        _pip("install", "--require-hashes", "-r", str(lock), count=count)


def _uv() -> str:
    """Give the path of uv, fetched if need be; none where pip has an index of its own.

    uv does not read pip's settings: it would ask the public index instead.
    """
    pip = [str(PYTHON), "-I", "-m", "pip"]
    asked = subprocess.run(
        [*pip, "config", "list"], capture_output=True, text=True, check=False
    )
    if re.search(r"\.(index-url|no-index)=(?!'')", asked.stdout):
        return ""
    found = shutil.which("uv") or shutil.which("uv", path=str(PYTHON.parent))
    pins = re.search(r"^uv==.*\n(?:    .*\n)+", LOCK.read_text(), re.MULTILINE)
    if found or not pins:
        return found or ""
    wanted = VENV / "uv.lock"
    wanted.write_text(pins[0])
    options = ["--quiet", "--disable-pip-version-check", "--require-hashes"]
    command = [*pip, "install", *options, "-r", str(wanted)]
    subprocess.run(command, capture_output=True, check=False)
    return shutil.which("uv", path=str(PYTHON.parent)) or ""


def _pip(*arguments: str, count: int = 0) -> None:
    options = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off"]
    pip = [str(PYTHON), "-I", "-m", "pip", *arguments, *options]
    _run(pip, "pip could not install", count)


def _run(command: list[str], failure: str, count: int = 0) -> None:
    """Run *command* and keep its output for the case that it fails.

    Args:
        command: program and arguments.
        failure: what to say then.
        count: how many packages pip will collect; on a terminal they are counted.
    """
    lines = []
    seen = 0
    environment = {
        **os.environ,
        "LC_ALL": "C.UTF-8",
        "DEBIAN_FRONTEND": "noninteractive",
    }
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        cwd=str(ROOT),
        env=environment,
    ) as process:
        for line in process.stdout or ():
            lines.append(line)
            if count and line.startswith("Collecting "):
                seen += 1
                _progress(f"  {min(seen, count)} of {count}")
    if process.returncode:
        raise Problem(
            f"{failure}:\n    " + "    ".join(lines[-12:]).rstrip(),
            next="check network and free space, then run the same command again",
            where=" ".join(command),
        )


_shown = [""]  # the line that stands without an end


def _progress(text: str) -> None:
    if sys.stdout.isatty():
        sys.stdout.write(f"\r\033[K{_shown[0]}{text}")
        sys.stdout.flush()


@contextmanager
def _timed(label: str) -> Iterator[None]:
    """Say what is done before it is, and then how long it took."""
    start = time.monotonic()
    _shown[0] = f"  {label}"
    sys.stdout.write(_shown[0])
    sys.stdout.flush()
    try:
        yield
        _progress("")
        sys.stdout.write(f"  {time.monotonic() - start:.1f} s")
    finally:
        sys.stdout.write("\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
