"""Where a view's columns come from: which are never null, and which tell rows apart.

PostgreSQL takes every column of a view for nullable. Here a column that stands for a
table's own NOT NULL column, and not on the outer side of a join, is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pglast import ast, parse_sql
from pglast.enums import JoinType, SetOperation

from tools.codegen.expressions import Node, called, conjuncts, is_a, operator
from tools.codegen.facts import Facts, Relation

_NEVER_NULL = frozenset({"count", "now", "row_number", "num_nulls", "num_nonnulls"})


@dataclass(slots=True)
class Origin:
    """What is known of a view's columns.

    Attributes:
        never_null: columns that are never null.
        key: columns by which rows are told apart; all of them where nothing is known.
        sources: relation and column behind each column that is one.
    """

    never_null: set[str] = field(default_factory=set)
    key: tuple[str, ...] = ()
    sources: dict[str, tuple[str, str]] = field(default_factory=dict)


def _trace(view: Relation, facts: Facts, known: dict[str, Origin]) -> Origin:
    """Trace the columns of *view* to their tables, once; *known* are those traced."""
    if view.key not in known:
        known[view.key] = _traced(view, facts, known)
    return known[view.key]


def _traced(view: Relation, facts: Facts, known: dict[str, Origin]) -> Origin:
    names = [column.name for column in view.columns]
    origin = Origin(key=tuple(names))
    select: Node = parse_sql(view.definition or "select")[0].stmt
    if not is_a(select, ast.SelectStmt) or _combines(select) or select.valuesLists:
        return origin
    tracer = _Tracer(facts, known)
    for item in select.fromClause or ():
        tracer.add(item, outer=False)
    for name, target in zip(names, select.targetList or (), strict=True):
        source = tracer.source(target.val)
        if source is not None:
            relation, column, outer = source
            origin.sources[name] = relation.key, column
            if not outer and tracer.never_null(relation, column):
                origin.never_null.add(name)
        elif _is_never_null(target.val, tracer):
            origin.never_null.add(name)
    origin.key = _key(select, tracer, origin) or origin.key
    return origin


class _Tracer:
    """The relations of a FROM clause, and whether a join may leave them out."""

    def __init__(self, facts: Facts, known: dict[str, Origin]) -> None:
        self.facts, self.known = facts, known
        self.relations: dict[str, tuple[Relation, bool]] = {}
        self.whole = True
        self.multiplies = False

    def add(self, item: Node, *, outer: bool) -> None:
        if is_a(item, ast.JoinExpr):
            left = outer or item.jointype in (JoinType.JOIN_RIGHT, JoinType.JOIN_FULL)
            right = outer or item.jointype in (JoinType.JOIN_LEFT, JoinType.JOIN_FULL)
            self.add(item.larg, outer=left)
            self.add(item.rarg, outer=right)
            self.multiplies |= not self._meets_one(item)
        elif is_a(item, ast.RangeVar) and item.schemaname in self.facts.schemas:
            name = item.alias.aliasname if item.alias else item.relname
            try:
                self.relations[name] = (
                    self.facts.at(f"{item.schemaname}.{item.relname}"),
                    outer,
                )
            except KeyError:
                self.whole = False
        else:
            self.whole = False

    def _meets_one(self, join: Node) -> bool:
        """Whether a row of the left side meets one of the right at most, by its key."""
        if not is_a(join.rarg, ast.RangeVar) or join.quals is None:
            return False
        if join.jointype not in (JoinType.JOIN_INNER, JoinType.JOIN_LEFT):
            return False
        right = join.rarg.alias.aliasname if join.rarg.alias else join.rarg.relname
        if right not in self.relations:
            return False
        relation, _ = self.relations[right]
        equated = set()
        for part in conjuncts(join.quals):
            sides = (part.lexpr, part.rexpr) if operator(part) == "=" else ()
            for side in sides:
                if is_a(side, ast.ColumnRef) and side.fields[0].sval == right:
                    equated.add(side.fields[-1].sval)
        return bool(relation.identity) and equated.issuperset(relation.identity)

    def source(self, node: Node) -> tuple[Relation, str, bool] | None:
        """The relation and column that *node* is, and whether a join may null it."""
        if not is_a(node, ast.ColumnRef) or not is_a(node.fields[-1], ast.String):
            return None
        *path, column = (part.sval for part in node.fields)
        if path:
            found = self.relations.get(path[-1])
            return (found[0], column, found[1]) if found else None
        owners = [
            (relation, column, outer)
            for relation, outer in self.relations.values()
            if any(each.name == column for each in relation.columns)
        ]
        return owners[0] if len(owners) == 1 and self.whole else None

    def never_null(self, relation: Relation, column: str) -> bool:
        if relation.is_view:
            return column in _trace(relation, self.facts, self.known).never_null
        return not relation.column(column).nullable


def _combines(select: Node) -> bool:
    """Whether rows come from more than one SELECT."""
    return bool(select.op != SetOperation.SETOP_NONE)


def _is_never_null(node: Node, tracer: _Tracer) -> bool:
    """Whether an expression has a value whatever the row."""
    if is_a(node, ast.A_Const):
        return not node.isnull
    if is_a(node, ast.TypeCast):
        return _is_never_null(node.arg, tracer)
    if is_a(node, ast.NullTest) or is_a(node, ast.BooleanTest):
        return True
    if is_a(node, ast.CoalesceExpr):
        return any(_is_never_null(argument, tracer) for argument in node.args)
    if is_a(node, ast.FuncCall):
        return called(node) in _NEVER_NULL
    source = tracer.source(node)
    return source is not None and not source[2] and tracer.never_null(*source[:2])


def _key(select: Node, tracer: _Tracer, origin: Origin) -> tuple[str, ...]:
    """The key of the only table, or the columns that the rows are grouped by."""
    by_source = {source: name for name, source in origin.sources.items()}
    if select.groupClause:
        sources = [tracer.source(item) for item in select.groupClause]
        names = [by_source.get((s[0].key, s[1])) if s else None for s in sources]
    elif tracer.relations and tracer.whole and len(select.fromClause) == 1:
        if tracer.multiplies or select.distinctClause:
            return ()
        relation, _ = next(iter(tracer.relations.values()))
        names = [by_source.get((relation.key, c)) for c in relation.identity]
    else:
        return ()
    return tuple(n for n in names if n) if all(names) else ()


def origins(facts: Facts) -> Mapping[str, Origin]:
    """Trace every view that the role can read, by name."""
    known: dict[str, Origin] = {}
    return {view.key: _trace(view, facts, known) for view in facts.views}
