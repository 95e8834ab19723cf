"""The play knows every command of the pages, and what the pages name is there.

`make newcomer` plays it: some minutes, and packages from the registries. What is done
here takes seconds; tests/python/tools/dev/test_pages.py adds a column and a table.
"""

from __future__ import annotations

import importlib.util
import re

import pytest

from tests.python.campaigns.newcomer import pages, play
from tools.project import ROOT

pytestmark = pytest.mark.unit
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")


@pytest.mark.parametrize("page", pages.every())
def test_every_command_is_played_or_left_out_for_a_reason(page: str) -> None:
    known = play.PROMISED.keys() | play.LEFT_OUT.keys()
    assert [one for one in pages.commands(page) if one not in known] == []


def test_no_promise_is_of_a_command_that_is_gone() -> None:
    told = {one for page in pages.every() for one in pages.commands(page)}
    told.add("make tour")  # in a sentence
    assert play.PROMISED.keys() | play.LEFT_OUT.keys() <= told


@pytest.mark.parametrize("page", pages.every())
def test_what_a_page_names_is_there(page: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
    assert pages.targets(page) - targets == set()
    for name in pages.modules(page):
        assert importlib.util.find_spec(name.rstrip(".")), name


def test_no_command_needs_an_activated_environment() -> None:
    """`python` alone is the system's, which has none of the packages."""
    for page in pages.every():
        assert [c for c in pages.commands(page) if c.startswith("python ")] == [], page
