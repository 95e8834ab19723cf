"""The space of a row: the column that a policy ties to the identity of the request.

An INSERT policy says ``user_id = (select app.current_user_id())``. So the column is not
the client's to choose and not a relationship's to write: it comes with the session.
"""

from __future__ import annotations

from pglast import ast
from pglast.enums import SubLinkType

from tools.codegen.expressions import Node, column, conjuncts, is_a, operator, parse
from tools.codegen.facts import Facts, Relation

IDENTITY = "current_user_id"


def find(facts: Facts) -> dict[str, str]:
    """Give the space column of each table that has one, by the table's name."""
    found = {}
    for relation in facts.tables:
        name = _space_column(relation, facts.role)
        if name is not None:
            found[relation.key] = name
    return found


def _space_column(relation: Relation, role: str | None) -> str | None:
    for policy in relation.policies:
        applies = role in policy.roles or "public" in policy.roles
        if applies and policy.command in ("insert", "all") and policy.check:
            for part in conjuncts(parse(policy.check)):
                name = _identified(part)
                if name is not None:
                    return name
    return None


def _identified(node: Node) -> str | None:
    """The column that *node* equates with the identity, if that is what it does."""
    if operator(node) != "=":
        return None
    left, right = node.lexpr, node.rexpr
    if _is_identity(left):
        left, right = right, left
    return column(left) if _is_identity(right) else None


def _is_identity(node: Node) -> bool:
    """Whether *node* calls the identity function, bare or as a scalar subquery."""
    if is_a(node, ast.SubLink) and node.subLinkType == SubLinkType.EXPR_SUBLINK:
        targets = node.subselect.targetList or ()
        return all(_is_identity(target.val) for target in targets)
    return is_a(node, ast.FuncCall) and node.funcname[-1].sval == IDENTITY
