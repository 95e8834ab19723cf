"""The data dictionary and the diagram say what the catalogue says."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise

import psycopg
import pytest

from tools import project
from tools.project import GENERATED

DOCS = GENERATED / "docs"
MARKDOWN = (DOCS / "dictionary.md").read_text("utf-8")
HTML = (DOCS / "dictionary.html").read_text("utf-8")
INTERNALS = [(DOCS / f"internals.{form}").read_text("utf-8") for form in ("md", "html")]
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


INTERNAL = {
    "relations": "select c.oid::regclass::text from pg_class as c"
    " where relkind in ('r', 'v') and relnamespace = any(%s::regnamespace[])",
    "functions": "select p.oid::regproc::text from pg_proc as p"
    " where pronamespace = any(%s::regnamespace[])",
    "comments": "select d.description from pg_description as d left join pg_class as c"
    " on d.classoid = 'pg_class'::regclass and d.objoid = c.oid"
    " left join pg_proc as p on d.classoid = 'pg_proc'::regclass and d.objoid = p.oid"
    " where coalesce(relnamespace, pronamespace) = any(%s::regnamespace[])",
    "policies": "select policyname from pg_policies"
    " where schemaname = any(%s::regnamespace[]::text[])",
}


@pytest.mark.parametrize("kind", INTERNAL)
def test_a_dba_finds_what_the_application_cannot_name(
    shared_database: str, kind: str
) -> None:
    schemas = list(project.INTERNALS)
    with psycopg.connect(shared_database) as connection:
        every = connection.execute(
            "select nspname from pg_namespace where nspname ~ '^app_'"
        ).fetchall()
        assert {name for (name,) in every} == {*schemas, project.BEHIND}
        rows = connection.execute(INTERNAL[kind].encode(), [schemas]).fetchall()
    texts = [row[0] for row in rows]
    assert texts
    plain = re.sub(r"\\([\\`*_<\[#])", r"\1", INTERNALS[0]).replace("\\|", "|")
    for page in (plain, unescape(INTERNALS[1])):
        assert [text for text in texts if text not in page] == []


def test_what_refers_to_a_table_is_with_the_table(shared_database: str) -> None:
    with psycopg.connect(shared_database) as connection:
        rows = connection.execute(
            "select t.relname, conname from pg_constraint"
            " join pg_class as t on t.oid = confrelid where contype = 'f'"
            " and connamespace = 'app_data'::regnamespace"
            " union all select 'users', 'sessions_user_id_fkey'"
        ).fetchall()
    for table, name in rows:
        section = re.split(rf'<a id="table-{table.replace("_", "-")}">', MARKDOWN)[1]
        told = section.partition("\n### ")[2].partition("\n### ")[0]
        assert f"`{name}`" in told.partition("**Referenced by**")[2], (table, name)


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


@pytest.mark.parametrize("text", [HTML, INTERNALS[1]], ids=["dictionary", "internals"])
def test_the_page_is_whole_and_needs_no_network(text: str) -> None:
    page = Page()
    page.feed(text)
    assert page.open == [] and page.outside == []
    assert {link.removeprefix("#") for link in page.links} <= page.anchors
    assert "http" not in re.sub(r'xmlns="[^"]*"', "", text)


def test_on_a_phone_each_cell_says_what_it_is() -> None:
    """There a row is a card, without the line of heads above it."""
    assert "@media (max-width" in HTML
    grids = re.findall(
        r'<div class="scroll grid"><table>(.*?)</table>', HTML, re.DOTALL
    )
    for grid in grids:
        head, *rows = re.findall(r"<tr>(.*?)</tr>", grid, re.DOTALL)
        heads = re.findall(r"<th>(.*?)</th>", head)
        assert rows and heads
        for row in rows:
            assert re.findall(r'<td data-head="(.*?)">', row) == heads


@pytest.mark.parametrize(
    "text", [MARKDOWN, INTERNALS[0]], ids=["dictionary", "internals"]
)
def test_links_of_the_markdown_lead_somewhere(text: str) -> None:
    links = set(re.findall(r"\]\(#([^)]*)\)", text))
    assert links and links <= set(re.findall(r'<a id="([^"]*)">', text))


def test_the_diagram_has_every_table_and_reference(shared_database: str) -> None:
    with psycopg.connect(shared_database) as connection:
        pairs = connection.execute(
            "select s.relname, t.relname from pg_constraint as k"
            " join pg_class as s on s.oid = conrelid"
            " join pg_class as t on t.oid = confrelid"
            " where contype = 'f' and connamespace = 'app_data'::regnamespace"
        ).fetchall()
    told = re.findall(r"^ {4}(\w+) \S+--\S+ (\w+) :", MERMAID, re.MULTILINE)
    assert sorted(told) == sorted((str(s), str(t)) for s, t in pairs)
    assert len(drawn("line")) == len(pairs)
    assert len(boxes()) == len(re.findall(r"^ {4}\w+ \{", MERMAID, re.MULTILINE))


def test_the_ends_of_a_line_say_how_many(shared_database: str) -> None:
    """Null may stand for none, and columns that hold a key have one of each value."""
    with psycopg.connect(shared_database) as connection:
        rows = connection.execute(
            "select conname,"
            " not exists (select from pg_attribute as a where a.attrelid = conrelid"
            " and a.attnum = any(conkey) and not attnotnull),"
            " exists (select from pg_index as i where i.indrelid = conrelid"
            " and indisunique and indkey::int2[] <@ conkey)"
            " from pg_constraint where contype = 'f'"
            " and connamespace = 'app_data'::regnamespace"
        ).fetchall()
    ends = {
        (True, False): ("one", "zero-or-more"),
        (True, True): ("one", "zero-or-one"),
        (False, False): ("zero-or-one", "zero-or-more"),
    }
    found = {
        (line.findtext("{*}title") or "").partition(":")[0]: tuple(
            line.attrib[end][len("url(#end-") : -1]
            for end in ("marker-start", "marker-end")
        )
        for line in drawn("line")
    }
    assert found == {name: ends[must, single] for name, must, single in rows}
    assert len(set(found.values())) == 3


def drawn(kind: str) -> list[ET.Element]:
    root = ET.parse(DOCS / "diagram.svg").getroot()  # noqa: S314 - our own file
    return [e for e in root.iter() if e.get("class") == kind]


def boxes() -> list[tuple[float, ...]]:
    names = ("x", "y", "width", "height")
    return [tuple(float(e.attrib[name]) for name in names) for e in drawn("box")]


def test_boxes_of_the_drawing_do_not_overlap() -> None:
    placed = boxes()
    for number, (x, y, w, h) in enumerate(placed):
        for x2, y2, w2, h2 in placed[:number]:
            assert x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y


def test_no_line_passes_behind_a_box() -> None:
    """It would read as a reference to that box."""
    for line in drawn("line"):
        numbers = [float(n) for n in re.findall(r"[\d.]+", line.attrib["d"])]
        corners = list(zip(numbers[::2], numbers[1::2], strict=True))
        for (x1, y1), (x2, y2) in pairwise(corners):
            left, right, top, bottom = (
                min(x1, x2),
                max(x1, x2),
                min(y1, y2),
                max(y1, y2),
            )
            for x, y, w, h in boxes():
                outside = right <= x + 0.1 or left >= x + w - 0.1
                assert outside or bottom <= y or top >= y + h, line.attrib["d"]
