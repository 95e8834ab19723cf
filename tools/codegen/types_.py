"""``types.py``: the named types of input values."""

from __future__ import annotations

from tools.codegen.plan import Plan
from tools.codegen.source import docstring, module, sentence


def render(plan: Plan) -> str:
    """Write the module."""
    imports = ["from typing import TypeAlias"]
    sections = []
    for alias in plan.aliases.named:
        imports += alias.code.imports
        doc = docstring(
            sentence(alias.description or "Of " + ".".join(alias.places[0]))
        )
        sections.append(f"{alias.name}: TypeAlias = {alias.code.text}\n{doc}")
    return module(
        "Types of values that the tables' checks let pass; models share them.",
        imports,
        sections,
        [alias.name for alias in plan.aliases.named],
    )
