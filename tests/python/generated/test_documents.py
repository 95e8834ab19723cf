"""The data dictionary and the diagram say what the catalogue says."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import psycopg
import pytest

from tools.project import GENERATED

DOCS = GENERATED / "docs"
MARKDOWN = (DOCS / "dictionary.md").read_text("utf-8")
HTML = (DOCS / "dictionary.html").read_text("utf-8")
MERMAID = (DOCS / "diagram.mmd").read_text("utf-8")
OBJECTS = {
    "tables": "select relname from pg_class where relkind in ('r', 'p', 'v')"
    " and relnamespace = 'app'::regnamespace",
    "columns": "select distinct attname from pg_attribute as a join pg_class as c"
    " on c.oid = a.attrelid and c.relkind in ('r', 'p', 'v')"
    " where c.relnamespace = 'app'::regnamespace and attnum > 0 and not attisdropped",
    "constraints": "select conname from pg_constraint"
    " where connamespace = 'app_data'::regnamespace"
    " and contype in ('c', 'f', 'p', 'u')",
    "indexes": "select c.relname from pg_index as i join pg_class as c"
    " on c.oid = i.indexrelid where c.relnamespace = 'app_data'::regnamespace"
    " and not exists (select from pg_constraint where conindid = c.oid)",
    "policies": "select policyname from pg_policies where schemaname = 'app_data'",
    "triggers": "select tgname from pg_trigger join pg_class as c on c.oid = tgrelid"
    " where not tgisinternal and c.relnamespace = 'app_data'::regnamespace",
    "functions": "select proname from pg_proc where pronamespace = 'app'::regnamespace",
}


@pytest.mark.parametrize("kind", OBJECTS)
def test_everything_is_in_the_dictionary(shared_database: str, kind: str) -> None:
    with psycopg.connect(shared_database) as connection:
        names = [row[0] for row in connection.execute(OBJECTS[kind].encode())]
    assert names
    for page in (MARKDOWN, HTML):
        missing = [n for n in names if not re.search(rf"\b{re.escape(n)}\b", page)]
        assert missing == []


def test_every_comment_is_in_the_dictionary(shared_database: str) -> None:
    with psycopg.connect(shared_database) as connection:
        rows = connection.execute(
            "select description from pg_description as d join pg_class as c"
            " on d.classoid = 'pg_class'::regclass and d.objoid = c.oid"
            " where c.relnamespace in ('app'::regnamespace, 'app_data'::regnamespace)"
        ).fetchall()
    unescaped = re.sub(r"\\([\\`*_<\[#])", r"\1", MARKDOWN).replace("\\|", "|")
    # Smart tags are for PostGraphile: lines in front that begin with an @.
    texts = [re.sub(r"\A(@.*\n?)*", "", text) for (text,) in rows]
    assert texts and [text for text in texts if text not in unescaped] == []


class Page(HTMLParser):
    """Collects anchors and links, and sees that tags are closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.anchors: set[str] = set()
        self.links: set[str] = set()
        self.outside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in ("meta", "input"):
            self.open.append(tag)
        if anchor := given.get("id"):
            self.anchors.add(anchor)
        if tag == "a":
            self.links.add(str(given["href"]))
        self.outside += [v for k, v in attrs if k in ("src", "href") and v and ":" in v]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_needs_no_network() -> None:
    page = Page()
    page.feed(HTML)
    assert page.open == [] and page.outside == []
    assert {link.removeprefix("#") for link in page.links} <= page.anchors
    assert "http" not in re.sub(r'xmlns="[^"]*"', "", HTML)


def test_links_of_the_markdown_lead_somewhere() -> None:
    links = set(re.findall(r"\]\(#([^)]*)\)", MARKDOWN))
    assert links and links <= set(re.findall(r'<a id="([^"]*)">', MARKDOWN))


def test_the_diagram_has_every_table_and_reference(shared_database: str) -> None:
    with psycopg.connect(shared_database) as connection:
        pairs = connection.execute(
            "select s.relname, t.relname from pg_constraint as k"
            " join pg_class as s on s.oid = conrelid"
            " join pg_class as t on t.oid = confrelid"
            " where contype = 'f' and connamespace = 'app_data'::regnamespace"
        ).fetchall()
    drawn = re.findall(r"^ {4}(\w+) \S+--\S+ (\w+) :", MERMAID, re.MULTILINE)
    assert sorted(drawn) == sorted((str(s), str(t)) for s, t in pairs)
    root = ET.parse(DOCS / "diagram.svg").getroot()  # noqa: S314 - our own file
    curves = [e for e in root.iter() if e.get("class") == "line"]
    assert len(curves) == len(pairs)
    boxes = [e for e in root.iter() if e.get("class") == "box"]
    assert len(boxes) == len(re.findall(r"^ {4}\w+ \{", MERMAID, re.MULTILINE))


def test_boxes_of_the_drawing_do_not_overlap() -> None:
    root = ET.parse(DOCS / "diagram.svg").getroot()  # noqa: S314 - our own file
    boxes = [
        tuple(float(e.attrib[name]) for name in ("x", "y", "width", "height"))
        for e in root.iter()
        if e.get("class") == "box"
    ]
    for number, (x, y, w, h) in enumerate(boxes):
        for x2, y2, w2, h2 in boxes[:number]:
            assert x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y
