"""The Dockerfiles keep the rules, and a file that does not is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.ops import dockerfiles
from tools.ops.pgprove import ASSETS


def test_each_file_keeps_the_rules() -> None:
    assert ASSETS / "Dockerfile" in dockerfiles.find()
    assert dockerfiles.main([]) == 0


@pytest.mark.parametrize(
    ("good", "bad", "rule"),
    [
        (" --no-install-recommends", "", "DL3015"),
        ("USER 65534:65534", "USER root", "DL3002"),
        ("debian:bookworm-slim", "debian", "DL3006"),
    ],
)
def test_a_broken_rule_is_named(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], good: str, bad: str, rule: str
) -> None:
    text = (ASSETS / "Dockerfile").read_text()
    file = tmp_path / "Dockerfile"
    file.write_text(text.replace(good, bad))
    assert dockerfiles.main([str(file)]) == 1
    assert rule in capfd.readouterr().out
