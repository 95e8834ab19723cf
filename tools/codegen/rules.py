"""``rules.py``: every translated part of a CHECK that is more than a plain limit."""

from __future__ import annotations

from collections.abc import Iterator

from tools.codegen.limits import Rule
from tools.codegen.pgtypes import row_of
from tools.codegen.plan import Plan
from tools.codegen.source import Code, docstring, indented, module


def render(plan: Plan) -> str:
    """Write the module."""
    functions = list(_functions(plan))
    return module(
        "Rules of the tables: each is true of values that its CHECK lets pass.",
        frozenset().union(*(function.imports for function in functions)),
        [function.text for function in functions],
    )


def _functions(plan: Plan) -> Iterator[Code]:
    for table in plan.tables:
        limits = plan.limits[table.key]
        for column in dict.fromkeys([*limits.predicates, *limits.elements]):
            if (table.key, column) not in plan.aliases.codes:
                continue
            for rule in limits.predicates.get(column, ()):
                yield _function(plan, table.key, rule, of_value=True)
            for rule in limits.elements.get(column, ()):
                yield _function(plan, table.key, rule, of_value=True, of_element=True)
        used = [*plan.rules(table, "Create"), *plan.rules(table, "Update")]
        for rule in dict.fromkeys(used):
            yield _function(plan, table.key, rule, of_value=False)


def _function(
    plan: Plan, table: str, rule: Rule, *, of_value: bool, of_element: bool = False
) -> Code:
    parameters = []
    imports = set(rule.code.imports)
    for name, parameter in zip(rule.columns, rule.parameters, strict=True):
        fact = plan.facts.relation(table).column(name)
        annotation, needed = plan.annotation((table, name))
        if of_element:
            annotation, needed = row_of(fact.type).python
        imports |= needed
        if fact.nullable and not of_value:
            annotation += " | None"
        parameters.append(f"{parameter}: {annotation}")
    doc = docstring(rule.comment or rule.constraint, f"SQL: {rule.sql}")
    return Code(
        f"def {rule.name}({', '.join(parameters)}) -> bool:\n"
        f"{indented(doc)}\n    return {rule.code.text}",
        frozenset(imports),
    )
