"""Conditions in Python: joined, negated, and put around a search."""

from __future__ import annotations

from tools.codegen.source import literal
from tools.codegen.values import BOOLEAN, Value


def search(pattern: str, value: Value, *, negated: bool) -> Value:
    found = f"matches({literal(pattern)}, {value.code})"
    return Value(f"(not {found})" if negated else found, BOOLEAN, value.nulls)


def both(*codes: str) -> str:
    return (
        codes[0] if len(codes) == 1 else "(" + " and ".join(dict.fromkeys(codes)) + ")"
    )


def either(*codes: str) -> str:
    return (
        codes[0] if len(codes) == 1 else "(" + " or ".join(dict.fromkeys(codes)) + ")"
    )


def negated(null: str) -> str:
    """Negate a condition; ``x is None`` reads better as ``x is not None``."""
    if null.endswith(" is None") and null.count(" is None") == 1 and "(" not in null:
        return null.removesuffix(" is None") + " is not None"
    return f"(not ({null}))"
