"""What a user sees of an error: a sentence, where, and what next; no traceback."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence

import pytest

from tools import console
from tools.console import Failure


def status_of(error: BaseException) -> int | str | None:
    def main(_: Sequence[str]) -> int:
        raise error

    with pytest.raises(SystemExit) as ended:
        console.run(main)
    return ended.value.code


def test_a_failure_is_three_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of(Failure("no", where="here", next="make it", status=7)) == 7
    said = capsys.readouterr().err.splitlines()
    assert [" ".join(line.split()) for line in said] == [
        "error: no",
        "where: here",
        "next: make it",
    ]


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.ENOSPC])
def test_a_directory_that_cannot_be_written_is_named(
    number: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status_of(OSError(number, os.strerror(number), "/srv/x/migrations")) == 1
    said = capsys.readouterr().err
    assert os.strerror(number) in said
    assert "ls -ld /srv/x/migrations" in said
    assert "Traceback" not in said


def test_what_nobody_has_foreseen_keeps_its_traceback() -> None:
    def main(_: Sequence[str]) -> int:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        console.run(main)
