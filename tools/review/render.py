"""The review as Markdown and as one HTML file that needs nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tools.review import view
from tools.review.collect import Review
from tools.review.measure import ROUNDS

_TEMPLATES: Final = Path(__file__).parent / "templates"
_SAID: Final = {
    "stop": "Not to be applied as it is.",
    "look": "Somebody has to look at this first.",
    "pass": "Nothing was found that stands against it.",
}


def write(review: Review, directory: Path) -> tuple[Path, Path]:
    """Write `review.md` and `review.html` into *directory*; give both paths."""
    directory.mkdir(parents=True, exist_ok=True)
    markdown, html = directory / "review.md", directory / "review.html"
    markdown.write_text(as_markdown(review), encoding="utf-8")
    html.write_text(as_html(review), encoding="utf-8")
    return markdown, html


def as_markdown(review: Review) -> str:
    """Render *review* as Markdown."""
    return (
        _environment(autoescape=False)
        .get_template("review.md.j2")
        .render(**_context(review))
    )


def as_html(review: Review) -> str:
    """Render *review* as HTML."""
    return (
        _environment(autoescape=True)
        .get_template("review.html.j2")
        .render(**_context(review))
    )


def _context(review: Review) -> dict[str, Any]:
    measured = review.measured
    return {
        "review": review,
        "said": _SAID[review.verdict],
        "files": view.files(review),
        "rows": f"{measured.rows:,}" if measured else "",
        "small": f"{measured.small:,}" if measured else "",
        "tenfold": f"{measured.rows * 10:,}" if measured else "",
        "rounds": ROUNDS,
        "models": review.traced.models if review.traced else None,
    }


def _environment(*, autoescape: bool) -> Environment:
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=autoescape,  # noqa: S701 - Markdown is no HTML
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["cell"] = _cell
    made.filters["fence"] = _fence
    return made


def _cell(text: object) -> str:
    """Write *text* so that it stays in one cell of a Markdown table."""
    plain = " ".join(str(text).split())
    for character in "\\`*_[]<>|":
        plain = plain.replace(character, f"\\{character}")
    return plain


def _fence(text: str, language: str = "sql") -> str:
    """Put *text* into a fenced block that no line of it can end."""
    ticks = "```"
    while ticks in text:
        ticks += "`"
    return f"{ticks}{language}\n{text}\n{ticks}"
