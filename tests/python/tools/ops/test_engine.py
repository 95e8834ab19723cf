"""The engine of the tests: there while it is wanted, and gone without a trace."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.python.tools.checkouts import until
from tests.python.tools.ops.conftest import excused
from tools.ops import baseimage, engine
from tools.postgres.storage import cache_dir
from tools.project import ROOT

KEEP = """
import time
from tools.ops import baseimage, engine
with engine.throwaway() as started:
    print(started.pid, flush=True)
    time.sleep(60)
"""


def traces() -> list[Path]:
    """List what a daemon makes outside its data: mounts, files, control groups."""
    run = cache_dir() / "docker" / "run"
    groups = Path("/sys/fs/cgroup").glob("**/todo-db")
    return [*engine.mounts_below(run.parent), *run.glob("*"), *groups]


def test_it_runs_a_container_and_leaves_no_trace() -> None:
    with excused(), engine.throwaway() as started:
        baseimage.ensure(started)
        words = ["run", "--rm", "--network=host", baseimage.NAME, "cat"]
        asked = started.docker(*words, "/etc/os-release")
        assert "bookworm" in asked.stdout, asked.stderr
        assert traces()
        assert not Path("/sys/class/net/docker0").exists()
    assert not Path(f"/proc/{started.pid}").exists()
    assert not traces()


def test_a_kill_ends_it_and_the_next_one_tidies_up() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", KEEP],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # this process says the reason, if it may not
        text=True,
    ) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        if not said:
            with excused(), engine.throwaway():
                raise AssertionError("it starts only here")
        daemon = Path(f"/proc/{int(said)}")
        assert "dockerd" in (daemon / "cmdline").read_text()
        process.send_signal(signal.SIGKILL)
    until(lambda: not daemon.exists())
    with engine.throwaway() as started:
        assert started.docker("version").returncode == 0
    assert not traces()
