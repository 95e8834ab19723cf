"""A Docker engine of our own for tests: Debian's, unpacked, started and stopped by us.

Nothing is installed and no network of the machine is changed: the engine has a socket,
a data directory and a process of its own, no bridge and no packet filter. Its images
stay in the cache, so that the second start takes seconds. Root alone can run it, and
one process at a time.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tools.console import Failure
from tools.postgres import debian
from tools.postgres.storage import cache_dir, exclusive, explained

PACKAGES: Final = ("docker.io", "mmdebstrap")
_CAPABILITIES: Final = {12: "CAP_NET_ADMIN", 21: "CAP_SYS_ADMIN"}  # capabilities(7)
_START_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 30.0
_OPTIONS: Final = (
    *("--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false"),
    "--oom-score-adjust=0",  # a container may not lower it
    *("--cgroup-parent=/todo-db", "--group=root"),
    # Where the machine has a containerd, it is shared: in a corner of our own.
    "--containerd-namespace=todo-db",
    "--containerd-plugins-namespace=todo-db.plugins",
)


@dataclass(frozen=True)
class Engine:
    """An engine that answers.

    Attributes:
        environment: for a child that is to find the client and this engine.
        pid: the process of the daemon.
    """

    environment: Mapping[str, str]
    pid: int

    def docker(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the client and wait."""
        return subprocess.run(
            ["docker", *arguments],
            env=dict(self.environment),
            capture_output=True,
            text=True,
            check=False,
        )


def obstacle() -> str | None:
    """Say what this process lacks to run an engine; None where it may."""
    if os.geteuid() != 0:
        return "only root can start a Docker engine"
    status = Path("/proc/self/status").read_text()
    held = int(re.findall(r"^CapEff:\s+(\w+)", status, re.MULTILINE)[0], 16)
    missing = [name for bit, name in _CAPABILITIES.items() if not held >> bit & 1]
    if missing:
        return f"root lacks {' and '.join(missing)} here, as in a container"
    return None


@contextmanager
def throwaway() -> Iterator[Engine]:
    """Run the engine until the block ends; only its images stay, in the cache.

    Raises:
        Failure: apt does not have it, or it does not start; with its last words.
    """
    home = cache_dir() / "docker"
    with explained(home):
        home.mkdir(exist_ok=True)
        home.chmod(0o711)  # what runs in it reaches its files; nobody lists them
    # The daemon holds the lock on: one that outlives us is waited for, never joined.
    with exclusive(home / "lock", seconds=600) as lock:
        programs = _programs(home)
        _clear(home / "run")
        environment = _environment(home, programs)
        daemon = _launch(home, environment, lock)
        try:
            engine = Engine(environment, daemon.pid)
            _wait_until_ready(engine, daemon, home / "log")
            yield engine
        finally:
            _stop(daemon)
            _clear(home / "run")


def _programs(home: Path) -> Path:
    """Give the unpacked packages, fetched if need be."""
    recipe = " ".join(PACKAGES) + debian.SCRIPT.read_text()
    target = home / f"programs-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"
    if not target.exists():
        partial = target.with_name(f"{target.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        reason = debian.unpack_with_apt(partial, PACKAGES)
        if reason is not None:
            shutil.rmtree(partial)
            raise Failure(
                f"there is no Docker engine to be had: {reason}",
                where=", ".join(PACKAGES),
                next="apt-get update; then run the same command again",
            )
        partial.rename(target)
    return target


def _environment(home: Path, programs: Path) -> dict[str, str]:
    libraries = sorted({*programs.glob("usr/lib/*-linux-gnu"),
                        *programs.glob("lib/*-linux-gnu")})  # fmt: skip
    path = f"{programs}/usr/bin:{programs}/usr/sbin:{os.environ['PATH']}"
    kept = {k: v for k, v in os.environ.items() if not k.startswith("DOCKER_")}
    return {
        **kept,
        "PATH": path,
        "LD_LIBRARY_PATH": ":".join(map(str, libraries)),
        "LC_ALL": "C.UTF-8",
        "DOCKER_HOST": f"unix://{home}/run/socket",
        "DOCKER_CONFIG": f"{home}/run/config",  # nobody's credentials
    }


def _launch(
    home: Path, environment: Mapping[str, str], lock: int
) -> subprocess.Popen[bytes]:
    run = home / "run"
    run.mkdir(mode=0o711)
    with (home / "log").open("wb") as log:
        return subprocess.Popen(
            # It ends with us, however we end.
            ["setpriv", "--pdeathsig", "TERM", "dockerd", *_OPTIONS,
             f"--data-root={home}/data", f"--exec-root={run}/exec",
             f"--pidfile={run}/pid", f"--host=unix://{run}/socket"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env=dict(environment),
            pass_fds=[lock],
            start_new_session=True,
        )  # fmt: skip


def _wait_until_ready(
    engine: Engine, daemon: subprocess.Popen[bytes], log: Path
) -> None:
    end = time.monotonic() + _START_SECONDS
    while engine.docker("version").returncode:
        if daemon.poll() is not None or time.monotonic() > end:
            lines = log.read_text(errors="replace").splitlines() or ["nothing"]
            raise Failure(
                f"the Docker engine does not start; it says: {lines[-1]}",
                where=str(log),
                next=f"put that right; the whole log: cat {log}",
            )
        time.sleep(0.1)


def _stop(daemon: subprocess.Popen[bytes]) -> None:
    """End the daemon, which ends its containers and its containerd."""
    daemon.send_signal(signal.SIGTERM)
    try:
        daemon.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        daemon.kill()
        daemon.wait()


def _clear(run: Path) -> None:
    """Remove what a daemon leaves: mounts below *run*, files, control groups."""
    for mount in reversed(mounts_below(run)):
        subprocess.run(["umount", "--lazy", str(mount)], check=True)
    shutil.rmtree(run, ignore_errors=True)
    for group in sorted(Path("/sys/fs/cgroup").glob("**/todo-db"), reverse=True):
        group.rmdir()


def mounts_below(directory: Path) -> list[Path]:
    """List the mounts below *directory*, in the order in which they were made."""
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    places = [Path(line.split()[4]) for line in lines]
    return [place for place in places if directory in place.parents]
