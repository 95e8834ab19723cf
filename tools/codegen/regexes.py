"""Regular expressions of PostgreSQL, brought to Python, to Rust and to JavaScript.

The dialects agree on less than it looks: in PostgreSQL a dot matches a line break, `$`
matches at the very end alone, and what `\\d`, `\\w` and `[:alpha:]` match depends on
the locale. What depends on it is refused here, not guessed.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Final, Literal

Dialect = Literal["python", "portable"]

_ESCAPES: Final = {
    "a": "\a",
    "b": "\b",
    "e": "\x1b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    "B": "\\",
}
# Blanks, marks of format, surrogates and what is for private use.
_UNSEEN: Final = frozenset("Zs Zl Zp Cf Cs Co".split())
_ANCHORS: Final = {"python": (r"\A", r"\Z"), "portable": ("^", "$")}


class Unportable(Exception):
    """The expression means something else elsewhere, or nothing at all."""


def translate(pattern: str, *, dialect: Dialect, ignore_case: bool = False) -> str:
    """Write PostgreSQL's *pattern* for a search in *dialect*.

    Args:
        pattern: an advanced regular expression, as the operator `~` takes it.
        dialect: "python" for `re`; "portable" for Rust (Pydantic) and JavaScript.
        ignore_case: as the operator `~*`; for ASCII letters only.

    Raises:
        Unportable: it has no exact equivalent.
    """
    return _Reader(pattern, dialect, ignore_case).read()


def from_like(pattern: str, *, dialect: Dialect) -> str:
    """Write the pattern of LIKE, with its default escape, as a regular expression.

    Raises:
        Unportable: it ends in the escape character.
    """
    start, end = _ANCHORS[dialect]
    parts, characters = [], iter(pattern)
    for character in characters:
        if character == "\\":
            literal = next(characters, None)
            if literal is None:
                raise Unportable("LIKE pattern ends in its escape character")
            parts.append(_quote(literal))
        else:
            parts.append(_LIKE.get(character, None) or _quote(character))
    return start + "".join(parts) + end


_LIKE: Final = {"%": r"[\s\S]*", "_": r"[\s\S]"}


def not_only(characters: str) -> str:
    """A pattern that finds a character other than *characters*."""
    return f"[^{''.join(_quote_in_set(c) for c in characters)}]"


@dataclass(slots=True)
class _Reader:
    pattern: str
    dialect: Dialect
    ignore_case: bool
    at: int = 0
    out: list[str] = field(default_factory=list)

    def read(self) -> str:
        if self.pattern.startswith(("***", "(?i", "(?x", "(?n", "(?s", "(?w", "(?p")):
            raise Unportable("embedded options")
        self._branches()
        if self.at < len(self.pattern):
            raise Unportable("unbalanced parenthesis")
        return "".join(self.out)

    def _peek(self) -> str:
        return self.pattern[self.at : self.at + 1]

    def _take(self) -> str:
        character = self._peek()
        if not character:
            raise Unportable("unfinished expression")
        self.at += 1
        return character

    def _branches(self) -> None:
        while character := self._peek():
            if character == ")":
                return
            if character == "|":
                self.out.append(self._take())
                continue
            self._atom()
            self._quantifier()

    def _atom(self) -> None:
        character = self._take()
        if character == "(":
            self._group()
        elif character == "[":
            self.out.append(self._set())
        elif character == ".":
            self.out.append(r"[\s\S]")
        elif character in "^$":
            self.out.append(_ANCHORS[self.dialect][character == "$"])
        elif character == "\\":
            self._escape()
        elif character in "*+?{":
            raise Unportable("a quantifier without anything to repeat")
        else:
            self.out.append(self._literal(character))

    def _group(self) -> None:
        opening = "("
        if self.pattern.startswith("?", self.at):
            opening = self.pattern[self.at - 1 : self.at + 2]
            looks_ahead = opening in ("(?=", "(?!") and self.dialect == "python"
            if opening != "(?:" and not looks_ahead:
                raise Unportable(f"group {opening}")
            self.at += 2
        self.out.append(opening)
        self._branches()
        if self._take() != ")":
            raise Unportable("unbalanced parenthesis")
        self.out.append(")")

    def _escape(self) -> None:
        if self._peek() in ("A", "Z"):
            self.out.append(_ANCHORS[self.dialect][self._take() == "Z"])
        else:
            self.out.append(self._literal(self._escaped()))

    def _escaped(self) -> str:
        """The character that an escape stands for, the backslash being read."""
        character = self._take()
        if character in _ESCAPES:
            return _ESCAPES[character]
        if character in "uUx":
            digits = {"u": 4, "U": 8, "x": 2}[character]
            code = self.pattern[self.at : self.at + digits]
            if not re.fullmatch(r"[0-9A-Fa-f]+", code) or len(code) != digits:
                raise Unportable("hexadecimal escape")
            if character == "x" and re.match("[0-9A-Fa-f]", self._after(digits)):
                raise Unportable("hexadecimal escape of more than two digits")
            self.at += digits
            return chr(int(code, 16))
        if character.isalnum() or character == "_":
            raise Unportable(f"escape \\{character}")
        return character

    def _after(self, offset: int) -> str:
        return self.pattern[self.at + offset : self.at + offset + 1]

    def _literal(self, character: str) -> str:
        if self.ignore_case and character.isalpha():
            if not character.isascii():
                raise Unportable("case of letters beyond ASCII")
            return f"[{character.lower()}{character.upper()}]"
        return _quote(character)

    def _set(self) -> str:
        """A bracket expression, the opening bracket being read."""
        negated = self._peek() == "^"
        if negated:
            self.at += 1
        parts: list[str] = []
        first = True
        while first or self._peek() != "]":
            first = False
            low = self._member()
            if self._peek() == "-" and self._after(1) not in ("]", ""):
                self.at += 1
                parts.append(self._range(low, self._member()))
            else:
                parts.append(self._in_set(low))
        self._take()
        return f"[{'^' if negated else ''}{''.join(parts)}]"

    def _member(self) -> str:
        character = self._take()
        if character == "[" and self._peek() in (":", ".", "="):
            raise Unportable("a class of the locale")
        return self._escaped() if character == "\\" else character

    def _range(self, low: str, high: str) -> str:
        if low > high:
            raise Unportable("a range that runs backwards")
        both = f"{_quote_in_set(low)}-{_quote_in_set(high)}"
        if not self.ignore_case:
            return both
        if low.isdigit() and high.isdigit():
            return both
        if low.isalpha() and high.isalpha() and (low + high).isascii():
            if low.islower() == high.islower():
                return f"{low.lower()}-{high.lower()}{low.upper()}-{high.upper()}"
        raise Unportable("case of a mixed range")

    def _in_set(self, character: str) -> str:
        if self.ignore_case and character.isalpha():
            return self._literal(character)[1:-1]
        return _quote_in_set(character)

    def _quantifier(self) -> None:
        found = re.compile(r"[*+?]|\{\d+(?:,\d*)?\}").match(self.pattern, self.at)
        if found is None:
            if self._peek() == "{":
                raise Unportable("a brace that is no quantifier")
            return
        self.at = found.end()
        if self._peek() == "?":  # reluctance does not change whether it matches
            self.at += 1
        if self._peek() in ("*", "+", "{") or self._peek() == "?":
            raise Unportable("a quantifier upon a quantifier")
        self.out.append(found.group())


def _quote(character: str) -> str:
    if character in r"\^$.|?*+()[]{}/":
        return "\\" + character
    return _visible(character)


def _quote_in_set(character: str) -> str:
    # Rust gives meaning to && -- ~~ and to [ in a set, so all of them are quoted.
    if character in r"\^]-[&~":
        return "\\" + character
    return _visible(character)


def _visible(character: str) -> str:
    named = {"\t": r"\t", "\n": r"\n", "\r": r"\r", "\f": r"\f", "\v": r"\v"}
    if character in named:
        return named[character]
    if character < " " or "\x7f" <= character < "\xa1":
        return f"\\x{ord(character):02x}"
    # What nobody can see stands as an escape that all dialects know.
    if " " < character <= "\uffff" and unicodedata.category(character) in _UNSEEN:
        return f"\\u{ord(character):04x}"
    return character
