"""``rules.py``: every translated part of a CHECK that is more than a plain limit."""

from __future__ import annotations

from collections.abc import Iterator

from tools.codegen.limits import Rule
from tools.codegen.plan import Plan
from tools.codegen.pytypes import imports_of
from tools.codegen.source import docstring, indented, module

_HELPERS = (
    "matches rank instant fits remainder cardinality elements json_type json_has"
).split()


def render(plan: Plan) -> str:
    """Write the module."""
    functions = list(_functions(plan))
    code = "\n".join(functions)
    imports = [f"from ._values import {n}" for n in _HELPERS if f"{n}(" in code]
    imports += imports_of(code)
    imports += [f"from .enums import {c.name}" for c in plan.enums() if c.name in code]
    return module(
        "Rules of the tables: each is true of values that its CHECK lets pass.",
        imports,
        functions,
    )


def _functions(plan: Plan) -> Iterator[str]:
    for table in plan.facts.tables:
        limits = plan.limits[table.name]
        for column, rules in limits.predicates.items():
            for rule in rules if (table.name, column) in plan.aliases.codes else ():
                yield _function(plan, table.name, rule, of_value=True)
        used = [*plan.rules(table, "Create"), *plan.rules(table, "Update")]
        for rule in dict.fromkeys(used):
            yield _function(plan, table.name, rule, of_value=False)


def _function(plan: Plan, table: str, rule: Rule, *, of_value: bool) -> str:
    parameters = []
    for name, parameter in zip(rule.columns, rule.parameters, strict=True):
        fact = plan.facts.relation(table).column(name)
        annotation, _ = plan.annotation((table, name))
        if fact.nullable and not of_value:
            annotation += " | None"
        parameters.append(f"{parameter}: {annotation}")
    doc = docstring(rule.comment or rule.constraint, f"SQL: {rule.sql}")
    return (
        f"def {rule.name}({', '.join(parameters)}) -> bool:\n"
        f"{indented(doc)}\n    return {rule.code}"
    )
