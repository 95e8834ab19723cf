"""SQL expressions as PostgreSQL prints them, read as syntax trees."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, TypeAlias

from pglast import ast, parse_sql
from pglast.enums import A_Expr_Kind, BoolExprType, NullTestType
from pglast.stream import RawStream

from tools.postgres.quoting import quoted

# pglast types every field as perhaps missing; what a printed expression has is known.
Node: TypeAlias = Any


@cache
def parse(expression: str) -> Node:
    """Read one expression, as `pg_get_expr` prints it, into PostgreSQL's own tree.

    Whoever asks for the same expression gets the same tree, which nobody may change.
    """
    statement: Any = parse_sql(f"select {expression}")[0].stmt
    return statement.targetList[0].val


def sql(node: Node) -> str:
    """Print *node* as SQL, without needless parentheses and casts of constants."""
    return str(RawStream()(_bare(copy.deepcopy(node))))


def _bare(node: Node) -> Node:
    """Take the casts to text off the constants in *node*, in place."""
    if text_constant(node) is not None:
        return uncast(node)
    if isinstance(node, tuple):
        return tuple(_bare(item) for item in node)
    if is_a(node, ast.Node):
        for slot in node:
            setattr(node, slot, _bare(getattr(node, slot)))
    return node


def listed(expressions: str) -> Iterator[str]:
    """Take a list of expressions apart, such as the defaults of a function."""
    statement: Any = parse_sql(f"select {expressions}")[0].stmt
    for target in statement.targetList:
        yield sql(target.val)


def index_collations(definition: str) -> Iterator[str]:
    """Give the COLLATE of each key of an index, empty where it has none of its own."""
    statement: Any = parse_sql(definition)[0].stmt
    for element in statement.indexParams:
        path = [part.sval for part in element.collation or ()]
        yield f"COLLATE {quoted(*path)}" if path else ""


def is_a(node: object, kind: type) -> bool:
    """Say whether *node* is a *kind*; type checkers do not look through it."""
    return isinstance(node, kind)


def conjuncts(node: Node) -> Iterator[Node]:
    """Yield what must all hold for *node* to hold: the operands of its outer ANDs."""
    if is_a(node, ast.BoolExpr) and node.boolop == BoolExprType.AND_EXPR:
        for operand in node.args:
            yield from conjuncts(operand)
    else:
        yield node


def columns(node: Node) -> set[str]:
    """The names of all columns that *node* refers to."""
    if is_a(node, ast.ColumnRef):
        return {node.fields[-1].sval} if is_a(node.fields[-1], ast.String) else set()
    if isinstance(node, tuple | list):
        return set().union(*(columns(item) for item in node))
    if is_a(node, ast.Node):
        return set().union(*(columns(getattr(node, slot)) for slot in node))
    return set()


def replaced(node: Node, columns: Mapping[str, Node]) -> Node:
    """Give *node* with each column that *columns* names replaced by its expression."""
    return _replaced(copy.deepcopy(node), columns) if columns else node


def _replaced(node: Node, columns: Mapping[str, Node]) -> Node:
    """Do the same in place."""
    name = column(node) if is_a(node, ast.ColumnRef) else None
    if name is not None and name in columns:
        return copy.deepcopy(columns[name])
    if isinstance(node, tuple):
        return tuple(_replaced(item, columns) for item in node)
    if is_a(node, ast.Node):
        for slot in node:
            setattr(node, slot, _replaced(getattr(node, slot), columns))
    return node


def column(node: Node) -> str | None:
    """The column that *node* is, through casts; None if it is anything else."""
    node = uncast(node)
    if is_a(node, ast.ColumnRef) and is_a(node.fields[-1], ast.String):
        return str(node.fields[-1].sval)
    return None


def uncast(node: Node) -> Node:
    """Take the outer casts to text types off *node*: they change no text's value."""
    while is_a(node, ast.TypeCast) and type_name(node) in ("text", "varchar"):
        if node.typeName.typmods or node.typeName.arrayBounds:
            break
        node = node.arg
    return node


def type_name(node: Node) -> str:
    """The last part of the name of the type that *node* casts to."""
    return str(node.typeName.names[-1].sval)


def schema_of(node: Node) -> str | None:
    """The schema of the type that *node* casts to; None for the server's own types."""
    return own([part.sval for part in node.typeName.names])


def own(path: list[str]) -> str | None:
    """The schema in the name of an object; None where it is the server's.

    Expressions are printed with `pg_catalog` alone on the search path, so what has no
    schema is the server's.
    """
    return path[0] if len(path) > 1 and path[0] != "pg_catalog" else None


def called(node: Node) -> str | None:
    """The server's function that *node* calls; None for any other and for no call."""
    if not is_a(node, ast.FuncCall):
        return None
    path = [str(part.sval) for part in node.funcname]
    return None if own(path) else path[-1]


def symbol(node: Node) -> str | None:
    """The server's operator in an expression; None for an operator of a schema."""
    path = [str(part.sval) for part in node.name]
    return None if own(path) else path[-1]


def text_constant(node: Node) -> str | None:
    """The string that *node* is, through casts to text; None if it is anything else."""
    node = uncast(node)
    if is_a(node, ast.A_Const) and is_a(node.val, ast.String):
        return str(node.val.sval)
    return None


def operator(node: Node) -> str | None:
    """The operator of a plain binary or unary expression; None for anything else."""
    if is_a(node, ast.A_Expr) and node.kind == A_Expr_Kind.AEXPR_OP:
        return symbol(node)
    return None


def meanings(expression: str) -> list[Node]:
    """The parts of a CHECK, each of which must not be false.

    In a part about one column ``x is null or …`` is left away: a CHECK passes anyway
    where it is null, and what is left is about its values.
    """
    return [_of_values(part) for part in conjuncts(parse(expression))]


def _of_values(part: Node) -> Node:
    if not is_a(part, ast.BoolExpr) or part.boolop != BoolExprType.OR_EXPR:
        return part
    if len(columns(part)) != 1:
        return part
    rest = tuple(each for each in part.args if not _is_null_test(each))
    if not rest or len(rest) == len(part.args):
        return part
    return rest[0] if len(rest) == 1 else ast.BoolExpr(boolop=part.boolop, args=rest)


def _is_null_test(node: Node) -> bool:
    return (
        is_a(node, ast.NullTest)
        and node.nulltesttype == NullTestType.IS_NULL
        and is_a(node.arg, ast.ColumnRef)
    )


def members(node: Node) -> tuple[str, tuple[str, ...]] | None:
    """The column and its allowed texts, if *node* is ``column in (text, …)``.

    PostgreSQL prints IN as ``= ANY (ARRAY[…])``, and a list of one as ``=``.
    """
    if not is_a(node, ast.A_Expr) or symbol(node) != "=":
        return None
    name = column(node.lexpr)
    if node.kind == A_Expr_Kind.AEXPR_OP_ANY:
        items = node.rexpr
        while is_a(items, ast.TypeCast):
            items = items.arg
        elements = items.elements if is_a(items, ast.A_ArrayExpr) else ()
    elif node.kind == A_Expr_Kind.AEXPR_OP:
        elements = (node.rexpr,)
    else:
        return None
    values = [text_constant(element) for element in elements or ()]
    if name is None or not values or any(value is None for value in values):
        return None
    return name, tuple(dict.fromkeys(value for value in values if value is not None))
