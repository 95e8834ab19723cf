"""Parts of CHECKs that bound the database's work and refuse nothing by themselves.

A CHECK must not read ten megabytes to refuse them. So `octet_length(x) <= 4 * n` stands
in front of `char_length(x) <= n`, and a pattern looks at `left(x, n)` alone. Where
another part bounds the length, both decide nothing, and a model need not say them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, Final

from pglast import ast

from tools.codegen import regexes
from tools.codegen.expressions import (
    Node,
    column,
    conjuncts,
    is_a,
    operator,
    parse,
    text_constant,
)

_LENGTHS: Final = frozenset({"length", "char_length", "character_length"})
_BYTES: Final = 4  # of one character in UTF-8, at most (RFC 3629)
_ANCHORS: Final = ("AT_BEGINNING_STRING", "AT_END_STRING")
_ENDLESS: Final = 1_000_000  # characters; more is a pattern without a limit


def longest(checks: Iterable[str]) -> dict[str, int]:
    """Give the most characters that *checks* leave to a text, by its column's name."""
    found: dict[str, int] = {}
    for check in checks:
        for part in conjuncts(parse(check)):
            bound = _of_length(part) or _of_pattern(part)
            if bound is not None:
                name, size = bound
                found[name] = min(size, found.get(name, size))
    return found


def without(part: Node, longest: Mapping[str, int]) -> Node | None:
    """Give *part* without what decides nothing; None where nothing is left.

    Args:
        part: one operand of a CHECK's outer ANDs.
        longest: what the other parts leave, as `longest` gives it.
    """
    call = _bound(part, {"octet_length"})
    if call and call[0] in longest and _BYTES * longest[call[0]] <= call[1]:
        return None
    return _uncut(part, longest)


def _uncut(node: Node, longest: Mapping[str, int]) -> Node:
    """Write `x` for each `left(x, n)` where no text is longer than *n*."""
    if is_a(node, tuple):
        return tuple(_uncut(item, longest) for item in node)
    if not is_a(node, ast.Node):
        return node
    cut = _cut(node)
    if cut is not None and longest.get(cut[0], cut[1] + 1) <= cut[1]:
        return node.args[0]
    return type(node)(**{slot: _uncut(getattr(node, slot), longest) for slot in node})


def _of_length(part: Node) -> tuple[str, int] | None:
    """The column and bound of `char_length(x) <= n`."""
    return _bound(part, _LENGTHS)


def _bound(part: Node, functions: Iterable[str]) -> tuple[str, int] | None:
    if is_a(part, ast.BoolExpr) or operator(part) not in ("<=", "<"):
        return None
    call, size = part.lexpr, _integer(part.rexpr)
    if not is_a(call, ast.FuncCall) or size is None or len(call.args or ()) != 1:
        return None
    name = column(call.args[0])
    if name is None or call.funcname[-1].sval not in functions:
        return None
    return name, size - (operator(part) == "<")


def _of_pattern(part: Node) -> tuple[str, int] | None:
    """The column of `left(x, n) ~ pattern`, and the longest text that it matches.

    It bounds `x` itself only if more than that many characters were looked at.
    """
    if operator(part) != "~":
        return None
    pattern, cut = text_constant(part.rexpr), _cut(part.lexpr)
    name = cut[0] if cut else column(part.lexpr)
    width = _width(pattern) if pattern is not None else None
    if name is None or width is None or (cut and cut[1] <= width):
        return None
    return name, width


def _cut(node: Node) -> tuple[str, int] | None:
    """The column and size of `left(x, n)`."""
    if not is_a(node, ast.FuncCall) or node.funcname[-1].sval != "left":
        return None
    name, size = column(node.args[0]), _integer(node.args[1])
    return (name, size) if name is not None and size is not None and size > 0 else None


def _width(pattern: str) -> int | None:
    """The most characters that a text matching *pattern* has; None for no limit."""
    try:
        code = regexes.translate(pattern, dialect="python")
        tree: Any = parser.parse(code)
    except (regexes.Unportable, re.error):
        return None
    anchored = len(tree) > 1 and (str(tree[0][1]), str(tree[-1][1])) == _ANCHORS
    width = int(tree.getwidth()[1])
    return width if anchored and width < _ENDLESS else None


def _integer(node: Node) -> int | None:
    if is_a(node, ast.A_Const) and is_a(node.val, ast.Integer):
        return int(node.val.ival)
    return None
