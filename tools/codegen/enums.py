"""``enums.py``: every closed set of values as a `StrEnum`."""

from __future__ import annotations

from tools.codegen.closedsets import ClosedSet
from tools.codegen.plan import Plan
from tools.codegen.source import docstring, indented, literal, module


def render(plan: Plan) -> str:
    """Write the module."""
    sets = plan.enums()
    return module(
        "Closed sets of values, each one concept.",
        ["from enum import StrEnum"],
        [_class(closed) for closed in sets],
        [closed.name for closed in sets],
    )


def _class(closed: ClosedSet) -> str:
    doc = docstring(closed.comment or f"Values of {closed.places[0][1]}")
    members = "\n".join(f"{name} = {literal(value)}" for name, value in closed.members)
    return f"class {closed.name}(StrEnum):\n{indented(doc)}\n\n{indented(members)}"
