"""Plots as SVG, written directly: bars and lines need no library of a hundred packages.

A file is the same for the same figures, so that a diff shows what changed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

COLOURS: Final = ("#0b6e99", "#e07a1f", "#3f8f4f", "#a23b72", "#7a6ff0", "#8a8a8a")
_WIDTH: Final = 760
_LEFT: Final = 190
_BAR: Final = 13
_HEAD: Final = 64
_STYLE: Final = (
    "text{font:12px sans-serif;fill:#333}.t{font-size:15px;font-weight:bold}"
    ".v{font-size:10px}.g{stroke:#ddd}"
)


def bars(
    title: str,
    unit: str,
    groups: Mapping[str, Mapping[str, float]],
    *,
    log: bool = False,
) -> str:
    """Draw horizontal bars: a group for each key, a colour for each inner key.

    Args:
        title: above all.
        unit: of the figures.
        groups: by label, figures by series; a series may be missing in a group.
        log: whether lengths are those of logarithms.
    """
    series = list(dict.fromkeys(name for each in groups.values() for name in each))
    most = max((v for each in groups.values() for v in each.values()), default=1)
    least = min((v for each in groups.values() for v in each.values() if v), default=1)
    parts, y = [], _HEAD
    for label, figures in groups.items():
        middle = y + len(figures) * _BAR / 2 + 4
        parts.append(_text(_LEFT - 8, middle, label, "end"))
        for name, value in figures.items():
            colour = COLOURS[series.index(name) % len(COLOURS)]
            width = _length(value, least, most, log) * (_WIDTH - _LEFT - 70)
            parts.append(
                f'<rect x="{_LEFT}" y="{y:g}" width="{width:.1f}" height="{_BAR - 2}"'
                f' fill="{colour}"/>'
            )
            shown = _number(value)
            parts.append(_text(_LEFT + width + 4, y + _BAR - 4, shown, "start", "v"))
            y += _BAR
        y += 8
    return _page(f"{title} ({unit})", series, parts, y + 10)


def lines(
    title: str, unit: str, points: Mapping[str, Sequence[tuple[float, float]]]
) -> str:
    """Draw a line for each series over logarithmic axes.

    Args:
        title: above all.
        unit: of the figures upwards.
        points: by series, (across, up), both greater than zero.
    """
    every = [point for series in points.values() for point in series]
    left, right = min(x for x, _ in every), max(x for x, _ in every)
    low = 10 ** math.floor(math.log10(max(min(y for _, y in every), 1e-3)))
    high = 10 ** math.ceil(math.log10(max(max(y for _, y in every), low * 10)))
    height, parts = 300, []

    def at(x: float, y: float) -> tuple[float, float]:
        across = 0.5 if left == right else math.log(x / left) / math.log(right / left)
        up = math.log(max(y, low) / low) / math.log(high / low)
        return 60 + across * (_WIDTH - 230), _HEAD + (1 - up) * height

    step = low
    while step <= high * 1.01:
        y = at(left, step)[1]
        parts.append(
            f'<line class="g" x1="60" x2="{_WIDTH - 170}" y1="{y:.1f}" y2="{y:.1f}"/>'
        )
        parts.append(_text(54, y + 4, _number(step), "end", "v"))
        step *= 10
    for x in sorted({x for x, _ in every}):
        parts.append(_text(at(x, low)[0], _HEAD + height + 18, f"{x:,.0f}", "middle"))
    for index, series in enumerate(points.values()):
        colour, dash = _pen(index)
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (at(*point) for point in series))
        parts.append(
            f'<polyline fill="none" stroke="{colour}" stroke-width="2"'
            f' stroke-dasharray="{dash}" points="{path}"/>'
        )
        parts += [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>'
            for x, y in (at(*point) for point in series)
        ]
    for index, name in enumerate(points):
        colour, dash = _pen(index)
        y = _HEAD + 8 + index * 16
        parts.append(
            f'<line x1="{_WIDTH - 162}" x2="{_WIDTH - 136}" y1="{y - 4}" y2="{y - 4}"'
            f' stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>'
        )
        parts.append(_text(_WIDTH - 130, y, name, "start"))
    needed = max(height + 40, len(points) * 16 + 20)
    return _page(f"{title} ({unit})", [], parts, _HEAD + needed)


def _pen(index: int) -> tuple[str, str]:
    """Give colour and dashes of a line, different for eighteen of them."""
    dashes = ("none", "6 3", "2 2")
    return COLOURS[index % len(COLOURS)], dashes[index // len(COLOURS) % 3]


def _page(
    title: str, series: Sequence[str], parts: Sequence[str], height: float
) -> str:
    legend, x = [], 12.0
    for index, name in enumerate(series):
        colour = COLOURS[index % len(COLOURS)]
        legend.append(
            f'<rect x="{x:g}" y="34" width="10" height="10" fill="{colour}"/>'
        )
        legend.append(_text(x + 14, 43, name, "start"))
        x += 30 + len(name) * 6.6
    inner = "\n".join([_text(12, 22, title, "start", "t"), *legend, *parts])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height:g}"'
        f' viewBox="0 0 {_WIDTH} {height:g}" role="img">\n<style>{_STYLE}</style>\n'
        f'<rect width="100%" height="100%" fill="#fff"/>\n{inner}\n</svg>\n'
    )


def _text(x: float, y: float, text: str, anchor: str, kind: str = "") -> str:
    style = f' class="{kind}"' if kind else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{style}>'
        f"{escape(text)}</text>"
    )


def _length(value: float, least: float, most: float, log: bool) -> float:
    if not log or least == most:
        return value / most if most else 0
    return 0.05 + 0.95 * math.log(max(value, least) / least) / math.log(most / least)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
