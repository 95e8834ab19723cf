"""Debian's packages: unpacked by apt or in a container, or explained."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.console import Failure
from tools.postgres import debian


@pytest.fixture
def programs(monkeypatch: pytest.MonkeyPatch, place: Path) -> Iterator[Path]:
    """A PATH of our own, with an empty cache; what it lacks is not installed."""
    monkeypatch.setattr(debian, "cache_dir", lambda: place)
    debian._root.cache_clear()
    directory = place / "path"
    directory.mkdir()
    for name in ("sh", "rm", "mkdir", "sed"):
        (directory / name).symlink_to(str(shutil.which(name)))
    monkeypatch.setenv("PATH", str(directory))
    yield directory
    debian._root.cache_clear()


def write(program: Path, script: str) -> None:
    """Write an executable shell script."""
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def test_the_unpacked_programs_run() -> None:
    kit = debian.ensure()
    for name, says in (("postgres", " 15."), ("psql", " 15."), ("pgbouncer", "1.")):
        done = subprocess.run(
            [kit.bin / name, "--version"], capture_output=True, text=True
        )
        assert done.returncode == 0 and says in done.stdout, done.stderr
    done = subprocess.run(
        [*kit.pg_prove(), "--version"], capture_output=True, text=True
    )
    assert done.returncode == 0 and "pg_prove" in done.stdout, done.stderr
    assert "FUNCTION plan(" in kit.pgtap_sql.read_text()
    assert (kit.libraries / "plpgsql_check.so").exists()


def test_neither_way_is_explained_with_both(programs: Path, place: Path) -> None:
    with pytest.raises(Failure) as caught:
        debian.ensure()
    assert "this machine has no apt-get; Docker is not installed" in caught.value.what
    assert caught.value.next is not None
    assert "wiki.postgresql.org/wiki/Apt" in caught.value.next
    assert "Docker engine" in caught.value.next
    assert not list(place.glob("debian-*"))


def test_each_way_says_its_own_reason(programs: Path) -> None:
    write(programs / "apt-get", "echo 'E: Unable to locate package'; exit 100")
    write(programs / "dpkg-deb", "exit 1")
    write(programs / "docker", "echo 'Cannot connect to the Docker daemon'; exit 1")
    with pytest.raises(Failure) as caught:
        debian.ensure()
    assert "apt-get says: E: Unable to locate package" in caught.value.what
    assert "Docker says: Cannot connect to the Docker daemon" in caught.value.what


def test_a_container_unpacks_what_apt_lacks(programs: Path, place: Path) -> None:
    """A stand-in for the engine runs the script as the container would."""
    calls = place / "calls"
    write(
        programs / "docker",
        f"""
        echo "$@" >> {calls}
        [ "$1" = run ] || exit 0
        while [ "$1" != sh ]; do
            [ "$1" = --volume ] && target=${{2%:/target}}
            shift
        done
        shift 3  # sh -s /target
        export PATH={programs}/inside:$PATH
        exec sh -s "$target" "$@"
        """,
    )
    (programs / "inside").mkdir()
    # The container's apt: no package is on the machine, the lists come first.
    write(
        programs / "inside" / "apt-get",
        f"""
        echo "apt-get $@" >> {calls}
        for word; do
            case $word in
                Dir::Cache::archives=*) archives=${{word#*=}} ;;
                Dir::State::lists=*) lists=yes ;;
                install) install=yes ;;
            esac
        done
        [ "$install" ] || exit 0
        [ "$lists" ] || exit 100
        : > "$archives/postgresql-15_15.0_amd64.deb"
        : > "$archives/libc6_2.36_amd64.deb"
        : > "$archives/libllvm14_14_amd64.deb"
        """,
    )
    write(
        programs / "inside" / "dpkg-deb",
        f"""
        echo "unpack ${{2##*/}}" >> {calls}
        mkdir -p "$3/usr/lib/postgresql/15/bin" "$3/usr/lib/x86_64-linux-gnu"
        : > "$3/usr/lib/postgresql/15/bin/postgres"
        """,
    )
    kit = debian.ensure()
    said = calls.read_text()
    assert f"--volume {kit.root}.partial:/target {debian.IMAGE} sh -s /target" in said
    assert said.count("unpack") == 1 and "unpack postgresql-15_15.0" in said
    wrapper = (kit.bin / "postgres").read_text()
    assert f"LD_LIBRARY_PATH={kit.root}/usr/lib/x86_64-linux-gnu" in wrapper
    assert f"exec {kit.root}/usr/lib/postgresql/15/bin/postgres" in wrapper
    assert debian.kit() == kit
