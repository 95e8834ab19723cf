"""Which PostgreSQL is chosen, and what is said where none serves."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tools.console import Failure
from tools.postgres import binaries, debian
from tools.postgres.binaries import NEEDED, find_bin, read_version, wheel_bin
from tools.postgres.os_user import server_account


@pytest.fixture(autouse=True)
def no_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin each test without a choice of the caller's."""
    monkeypatch.delenv("PG_BIN", raising=False)
    monkeypatch.delenv("PG_MAJOR", raising=False)


def fake(place: Path, version: str) -> Path:
    """Make a directory whose `postgres` says that it is *version*."""
    directory = place / f"pg-{version}"
    directory.mkdir()
    for name in NEEDED:
        program = directory / name
        program.write_text(
            f"#!/bin/sh\necho 'postgres (PostgreSQL) {version} (Mine)'\n"
        )
        program.chmod(0o755)
    return directory


def test_the_wheel_is_the_default() -> None:
    assert wheel_bin() is not None
    assert read_version(find_bin())[0] == 18


def test_pg_bin_outranks_the_wheel(
    monkeypatch: pytest.MonkeyPatch, place: Path
) -> None:
    mine = fake(place, "17.3")
    monkeypatch.setenv("PG_BIN", str(mine))
    assert find_bin() == mine
    assert read_version(mine) == (17, "17.3")
    assert find_bin(17) == mine
    assert find_bin(18) != mine


def test_a_server_that_is_too_old_is_refused(
    monkeypatch: pytest.MonkeyPatch, place: Path
) -> None:
    monkeypatch.setenv("PG_BIN", str(fake(place, "14.9")))
    with pytest.raises(Failure, match=r"PostgreSQL 14\.9 is too old") as caught:
        find_bin()
    assert caught.value.next is not None and "unset PG_BIN" in caught.value.next


def test_a_beta_is_read_as_its_major(place: Path) -> None:
    assert read_version(fake(place, "19beta1")) == (19, "19beta1")


def test_a_directory_without_a_server_is_named(
    monkeypatch: pytest.MonkeyPatch, place: Path
) -> None:
    monkeypatch.setenv("PG_BIN", str(place))
    with pytest.raises(Failure, match="lacks postgres, initdb"):
        find_bin()


def test_a_program_for_another_machine_is_explained(
    monkeypatch: pytest.MonkeyPatch, place: Path
) -> None:
    broken = fake(place, "18.0")
    (broken / "postgres").write_bytes(b"\x7fELF not for this machine")
    monkeypatch.setenv("PG_BIN", str(broken))
    with pytest.raises(Failure, match="does not run"):
        find_bin()


def test_a_major_that_is_no_number_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PG_MAJOR", "latest")
    with pytest.raises(Failure, match="PG_MAJOR is 'latest'"):
        find_bin()


def test_a_major_that_is_not_here_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PG_MAJOR", "29")
    with pytest.raises(Failure, match="PostgreSQL 29 was not found") as caught:
        find_bin()
    assert caught.value.next is not None and "PG_BIN" in caught.value.next


def test_the_oldest_can_be_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debian, "kit", lambda: None)
    monkeypatch.setattr(binaries, "_PLACES", ())
    with pytest.raises(Failure, match="PostgreSQL 15 was not found") as caught:
        find_bin(15)
    assert (
        caught.value.next is not None and "tools.postgres.debian" in caught.value.next
    )


def test_nothing_at_all_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "wheel_bin", lambda: None)
    monkeypatch.setattr(debian, "kit", lambda: None)
    monkeypatch.setattr(binaries, "_PLACES", ())
    with pytest.raises(Failure, match="no PostgreSQL was found") as caught:
        find_bin()
    assert caught.value.next is not None and caught.value.next.startswith("make setup")


@pytest.mark.skipif(os.geteuid() != 0, reason="root changes identity")
def test_programs_out_of_the_accounts_reach_are_copied(
    monkeypatch: pytest.MonkeyPatch, place: Path
) -> None:
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    inside = fake(closed, "18.1").rename(closed / "bin")
    monkeypatch.setattr(binaries, "cache_dir", lambda: place)
    monkeypatch.setenv("PG_BIN", str(inside))
    (place / "programs").mkdir()
    found = find_bin()
    assert found != inside and found.is_relative_to(place)
    assert server_account().reaches(found / "postgres")
    assert closed.stat().st_mode & 0o777 == 0o700, "its permissions were widened"
    shutil.rmtree(closed)
    assert read_version(found) == (18, "18.1")
