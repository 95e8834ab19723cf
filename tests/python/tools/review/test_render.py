"""The report is whole, safe and the same each time."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

from tests.python.tools.review.planted import BACK, PLANTED, Reviewed
from tools.review import render


def test_markdown_says_it_all(planted: Reviewed) -> None:
    text = render.as_markdown(planted.review)
    assert text.startswith("# Review: stop\n")
    assert r"| app\_data.tasks | ACCESS EXCLUSIVE |" in text
    assert r"- rewrites app\_data.tasks" in text
    assert PLANTED.strip() in text
    assert BACK.strip() in text
    for row in re.findall(r"^\|.*$", text, re.MULTILINE):
        assert re.fullmatch(r"\|(?:[^|\\]|\\.)*(?:\|(?:[^|\\]|\\.)*)+\|", row)


class _Page(HTMLParser):
    """Notes tags that stay open, references to elsewhere, ids, and text."""

    VOID = frozenset({"meta", "br", "link", "img", "hr"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: set[str] = set()
        self.links: set[str] = set()
        self.outside: list[str] = []
        self.text = ""

    def handle_starttag(
        self, tag: str, attributes: list[tuple[str, str | None]]
    ) -> None:
        if tag not in self.VOID:
            self.open.append(tag)
        values = dict(attributes)
        self.ids.add(values.get("id") or "")
        if tag in ("script", "link", "img", "iframe") or "src" in values:
            self.outside.append(tag)
        if tag == "a":
            self.links.add(values.get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_html_is_one_whole_file(planted: Reviewed) -> None:
    text = render.as_html(planted.review)
    page = _Page()
    page.feed(text)
    assert page.open == []
    assert page.outside == []
    assert "http" not in text.partition("</style>")[0]
    assert {link.removeprefix("#") for link in page.links} <= page.ids
    assert "STOP" in page.text.partition("Findings")[0]
    assert PLANTED.strip() in page.text
    assert "<b>small</b> tables" not in text  # what a file says stays text
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text


def test_report_is_the_same_each_time(planted: Reviewed, tmp_path: Path) -> None:
    first = [path.read_text() for path in render.write(planted.review, tmp_path)]
    second = [path.read_text() for path in render.write(planted.review, tmp_path)]
    assert first == second
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "review.html",
        "review.md",
    ]
