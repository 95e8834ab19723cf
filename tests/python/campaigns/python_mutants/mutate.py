"""Makes mutants of a module: the text of one place replaced by another."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_COMPARISONS: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_OPERATORS: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
# What no behaviour hangs on: types, and what is said to people.
_TYPES: Final = frozenset(
    "TypeVar cast Literal TypeAlias Annotated overload isinstance".split()
)
_LOGS: Final = frozenset("say debug info warning print".split())


@dataclass(frozen=True)
class Mutant:
    """One change of one file.

    Attributes:
        file: below the checkout.
        place: the function or class, dotted; empty at the top.
        line: where it is.
        before: what stands there.
        after: what is put in its place.
        start: of *before* in the file, in bytes.
    """

    file: str
    place: str
    line: int
    before: str
    after: str
    start: int

    @property
    def name(self) -> str:
        """What is changed, without the line, which changes with those above it."""
        where = f"{self.file}:{self.place}" if self.place else self.file
        return f"{where}: {self.before} -> {self.after}"

    def applied(self, source: str) -> str:
        """Return *source* with the change."""
        data = source.encode()
        end = self.start + len(self.before.encode())
        assert data[self.start : end].decode() == self.before
        return (data[: self.start] + self.after.encode() + data[end:]).decode()


def mutants(source: str, file: str) -> list[Mutant]:
    """Return all mutants of the module *source*; few of them cannot be compiled."""
    found = []
    seen = set()
    for place, node, after in _Walker().walk(ast.parse(source)):
        before = ast.get_source_segment(source, node)
        assert before is not None
        start = _offset(source, node)
        if before != after and (start, before, after) not in seen:
            seen.add((start, before, after))
            assert isinstance(node, ast.expr | ast.stmt)
            found.append(Mutant(file, place, node.lineno, before, after, start))
    return found


Change = tuple[str, ast.AST, str]


class _Walker:
    """Finds the places of a module, with what each may become."""

    def __init__(self) -> None:
        self._place: list[str] = []

    def walk(self, node: ast.AST) -> Iterator[Change]:
        """Give node and new text of each change at or below *node*."""
        named = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        if named:
            assert isinstance(
                node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
            )
            self._place.append(node.name)
        for other, after in _changes(node):
            yield ".".join(self._place), other, after
        for child in _children(node):
            yield from self.walk(child)
        if named:
            self._place.pop()


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """Give the parts of *node* that behaviour hangs on."""
    skipped: list[ast.AST | None] = []
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        skipped += [node.returns, *node.decorator_list]
    elif isinstance(node, ast.ClassDef):
        skipped += node.decorator_list  # frozen, slots: they guard against ourselves
    elif isinstance(node, ast.arg):
        return
    elif isinstance(node, ast.AnnAssign):
        if "TypeAlias" in ast.unparse(node.annotation):
            return
        skipped.append(node.annotation)
    elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
        return
    elif isinstance(node, ast.Call):
        name = _last_name(node.func)
        if name in _LOGS or name == "TypeVar" or name.endswith("Error"):
            return
        if name in _TYPES:
            skipped += node.args if name == "isinstance" else node.args[:1]
    elif isinstance(node, ast.Raise | ast.Import | ast.ImportFrom | ast.JoinedStr):
        return
    elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
        return
    for child in ast.iter_child_nodes(node):
        if child not in skipped and not _is_docstring(child):
            yield child


def _changes(node: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    match node:
        case ast.Compare(left, [operator], [right]) if type(operator) in _COMPARISONS:
            other = _COMPARISONS[type(operator)]()
            yield node, ast.unparse(ast.Compare(left, [other], [right]))
        case ast.BoolOp(operator, values):
            swapped = ast.Or() if isinstance(operator, ast.And) else ast.And()
            yield node, f"({ast.unparse(ast.BoolOp(swapped, values))})"
            for value in values:
                rest = [other for other in values if other is not value]
                left_out = rest[0] if len(rest) == 1 else ast.BoolOp(operator, rest)
                yield node, f"({ast.unparse(left_out)})"
        case ast.UnaryOp(ast.Not(), operand):
            yield node, f"bool({ast.unparse(operand)})"
        case ast.BinOp(left, operator, right) if type(operator) in _OPERATORS:
            if not any(map(_is_text, (left, right))):
                swapped_operator = _OPERATORS[type(operator)]()
                text = ast.unparse(ast.BinOp(left, swapped_operator, right))
                yield node, f"({text})"
        case ast.If(test) | ast.IfExp(test) | ast.While(test):
            plain = not isinstance(test, ast.UnaryOp | ast.BoolOp)
            if plain and "TYPE_CHECKING" not in ast.unparse(test):
                yield test, f"(not ({ast.unparse(test)}))"
        case ast.Constant(bool(value)):
            yield node, str(not value)
        case ast.Constant(int(value) | float(value)):
            yield node, f"({value!r} + 1)"
        case ast.Constant(str()):
            yield node, '"mutant"'
        case ast.Constant(bytes()):
            yield node, 'b"mutant"'
        case ast.Return(value) if value is not None and ast.unparse(value) != "None":
            yield node, "return None"
        case ast.Raise() | ast.Expr(ast.Call() | ast.Await() | ast.Yield()):
            if not _is_log(node):
                yield node, "pass"
        case ast.Assign([ast.Attribute()]) | ast.AugAssign():
            yield node, "pass"
        case ast.Break():
            yield node, "continue"
        case ast.Continue():
            yield node, "break"
        case _:
            pass


def _is_log(node: ast.AST) -> bool:
    call = node.value if isinstance(node, ast.Expr) else None
    return isinstance(call, ast.Call) and _last_name(call.func) in _LOGS


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant | ast.JoinedStr) and not (
        isinstance(node, ast.Constant) and isinstance(node.value, int | float)
    )


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _last_name(node: ast.AST) -> str:
    return ast.unparse(node).rpartition(".")[2]


def _offset(source: str, node: ast.AST) -> int:
    assert isinstance(node, ast.expr | ast.stmt)
    lines = source.encode().splitlines(keepends=True)
    return sum(map(len, lines[: node.lineno - 1])) + node.col_offset


def compiles(mutant: Mutant, source: str) -> bool:
    """Return whether *source* with the change is Python; if not, it proves nothing."""
    try:
        compile(mutant.applied(source), mutant.file, "exec")
    except (SyntaxError, ValueError):
        return False
    return True
