"""Mutants that change nothing that anybody could observe, each with its reason."""

from __future__ import annotations

from typing import Final

EQUIVALENT: Final[dict[str, str]] = {}
