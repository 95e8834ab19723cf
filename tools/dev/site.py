"""Which files of the repository are pages of its site; mkdocs calls the functions here.

    python -m mkdocs build

A page has the address on the site that it has in the repository, so that one link
serves readers of both. A file that a page links to comes along; a link to a directory,
which a site cannot show, becomes its words. (Under `--quiet` mkdocs fails on nothing.)
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from tools.project import ROOT

PAGES: Final = (
    *("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"),
    *("docs/**/*.md", "migrations/README.md", "examples/README.md"),
    *("generated/docs/dictionary.md", "generated/docs/internals.md"),
)
_LINK: Final = re.compile(r"(?<!!)\[([^\]\n]+)\]\(([^)\s#:]+)(#[^)\s]*)?\)")


def pages() -> list[str]:
    """List the pages by their path in the repository."""
    found = {path for glob in PAGES for path in ROOT.glob(glob)}
    return sorted(path.relative_to(ROOT).as_posix() for path in found)


def on_files(_: Files, config: MkDocsConfig) -> Files:
    """Give mkdocs the pages, and the files that they link to."""
    names = {name: None for name in pages()}
    for name in list(names):
        for target in _targets(name, (ROOT / name).read_text("utf-8")):
            if (ROOT / target).is_file():
                names[target] = None
    return Files(
        [File.generated(config, name, abs_src_path=str(ROOT / name)) for name in names]
    )


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Leave the words of a link to a directory."""
    home = posixpath.dirname(page.file.src_uri)

    def replace(link: re.Match[str]) -> str:
        path = ROOT / posixpath.join(home, link[2])
        return link[1] if path.is_dir() else link[0]

    return _LINK.sub(replace, markdown)


def _targets(name: str, text: str) -> Iterator[str]:
    for link in _LINK.finditer(text):
        yield posixpath.normpath(posixpath.join(posixpath.dirname(name), link[2]))
