"""``functions.py`` and ``functions_async.py``: the database's functions as callables.

PostgreSQL does not say whether arguments and results may be null. Here an argument may
be null if that is its default. Where none has such a default, the function's comment
decides, as it does for people: if it speaks of null, arguments and result may be; if it
does not, none is, and a null result raises.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from tools.codegen import names
from tools.codegen.facts import Argument, Function, Type
from tools.codegen.pgtypes import python_type
from tools.codegen.plan import Plan
from tools.codegen.satypes import TypeWriter
from tools.codegen.source import docstring, indented, literal, module
from tools.postgres.quoting import plain

# What the module's own code calls by name.
_BUILTINS: Final = frozenset(
    "bool bytes cast dict float frozenset int list str tuple DEFAULT Default Parameter"
    " Executor AsyncExecutor NamedTuple".split()
)
_INPUTS: Final = frozenset({"in", "inout", "variadic"})


class Functions:
    """Renders one of the two modules, and collects the imports it needs."""

    def __init__(self, plan: Plan, *, awaited: bool) -> None:
        self.plan, self.awaited = plan, awaited
        self.lines: set[str] = set()
        self.functions = [f for f in plan.facts.functions if f.executable]
        self.homonyms = Counter((f.schema, f.name) for f in self.functions)
        self.callables: set[str] = set()
        self.rows: set[str] = set()

    def render(self) -> str | None:
        """Write the module; None where the roles may execute nothing."""
        sections = [code for f in self.functions for code in self._sections(f)]
        how = ", to be awaited" if self.awaited else ""
        executor = "AsyncExecutor" if self.awaited else "Executor"
        self.lines.add(f"from ._calls import {executor}")
        self.lines.add("from ._calls import DEFAULT, Default, Parameter")
        self.lines.add("from ._calls import scalar as _scalar")
        self.lines.add("from ._calls import statement as _statement")
        public = sorted(self.callables | (set() if self.awaited else self.rows))
        purpose = f"Functions of schema {self.plan.facts.schema} as callables{how}."
        return module(purpose, self.lines, sections, public) if sections else None

    def _sections(self, function: Function) -> Iterator[str]:
        name = self._name(function)
        self.callables.add(name)
        columns = self._columns(function)
        if columns:
            taken = self.callables | self.rows | self.plan.body
            row = names.free(names.pascal(name) + "Row", taken)
            self.rows.add(row)
            if self.awaited:
                self.lines.add(f"from .functions import {row}")
            else:
                yield self._row(row, columns)
        else:
            row = ""
        yield self._callable(function, name, row)

    def _name(self, function: Function) -> str:
        """The callable's name; those of overloads say their own arguments too.

        So no overload ever takes the name by which another one was called.
        """
        words = [function.name]
        if self.homonyms[function.schema, function.name] > 1:
            words += [a.type.name for a in function.arguments if a.mode in _INPUTS]
        taken = self.callables | self.rows | _BUILTINS | self.plan.body
        name = names.identifier("_".join(words), taken)
        if function.schema != self.plan.facts.schema and function.name in taken:
            name = names.identifier("_".join([function.schema, *words]), taken)
        return name

    def _columns(self, function: Function) -> list[tuple[str, Type]]:
        """The result's columns: of RETURNS TABLE, of OUT arguments, of a composite."""
        declared = [
            (argument.name, argument.type)
            for argument in function.arguments
            if argument.mode in ("out", "inout", "table")
        ]
        if declared:
            return declared
        facts = self.plan.facts
        base = function.returns.base
        if base in facts.composites:
            return list(facts.composites[base].fields)
        for relation in facts.relations:
            if relation.address == base:
                return [(c.name, c.type) for c in relation.columns if c.readable]
        return []

    def _row(self, name: str, columns: list[tuple[str, Type]]) -> str:
        self.lines.add("from typing import NamedTuple")
        taken: list[str] = ["count", "index"]
        fields = []
        for column, type_ in columns:
            taken.append(names.identifier(column, taken))
            fields.append(f"{taken[-1]}: {self._python(type_)} | None")
        body = '"""One row of the result."""\n\n' + "\n".join(fields)
        return f"class {name}(NamedTuple):\n{indented(body)}"

    def _callable(self, function: Function, name: str, row: str) -> str:
        inputs = [a for a in function.arguments if a.mode in _INPUTS]
        may_be_null = not any(_is_null(argument) for argument in inputs) and bool(
            re.search(r"\bnull\b", function.comment or "", re.IGNORECASE)
        )
        parameters = list(self._parameters(inputs, may_be_null))
        executor = "AsyncExecutor" if self.awaited else "Executor"
        signature = ", ".join([f"executor: {executor}", *(p for _, p in parameters)])
        returns, code = self._returned(function, row, may_be_null)
        call = self._statement(function, inputs, [n for n, _ in parameters], row)
        run = f"executor.execute({call})"
        if self.awaited:
            self.lines.add("from ._calls import execute as _execute")
            run = f"await _execute(executor, {call})"
        doc = docstring(function.comment or name, *self._notes(function))
        return (
            f"{'async ' if self.awaited else ''}def {name}({signature}) -> {returns}:\n"
            f"{indented(doc)}\n    result = {run}\n    {code}"
        )

    def _parameters(
        self, inputs: list[Argument], may_be_null: bool
    ) -> Iterator[tuple[str, str]]:
        prefixed = all(argument.name.startswith("p_") for argument in inputs)
        taken = ["executor", "result"]
        for number, argument in enumerate(inputs, 1):
            plain = argument.name or f"argument_{number}"
            name = names.identifier(plain[2:] if prefixed else plain, taken)
            taken.append(name)
            annotation = self._python(argument.type)
            if may_be_null or _is_null(argument):
                annotation += " | None"
            if argument.has_default:
                yield name, f"{name}: {annotation} | Default = DEFAULT"
            else:
                yield name, f"{name}: {annotation}"

    def _returned(
        self, function: Function, row: str, may_be_null: bool
    ) -> tuple[str, str]:
        """The annotation of the result, and the statement that gives it."""
        type_ = self._python(function.returns)
        if function.returns.base == "void" or function.kind == "procedure":
            return "None", "result.close()"
        if row and function.returns_set:
            return f"list[{row}]", f"return [{row}(*found) for found in result]"
        if row:
            return row, f"return {row}(*result.one())"
        if type_ == "Any":  # which needs no cast, and is null too
            value = "list(result.scalars())" if function.returns_set else None
            returns = "list[Any]" if function.returns_set else "Any"
            return returns, f"return {value or 'result.scalar_one()'}"
        self.lines.add("from typing import cast")
        if function.returns_set:
            return (
                f"list[{type_}]",
                f'return cast("list[{type_}]", list(result.scalars()))',
            )
        if may_be_null:
            value = "result.scalar_one()"
            return f"{type_} | None", f'return cast("{type_} | None", {value})'
        value = f"_scalar(result, {literal(function.address)})"
        return type_, f'return cast("{type_}", {value})'

    def _statement(
        self, function: Function, inputs: list[Argument], values: list[str], row: str
    ) -> str:
        target = f"{plain(function.schema)}.{plain(function.name)}"
        head = {True: "call ", False: "select * from " if row else "select "}[
            function.kind == "procedure"
        ] + target
        described = ", ".join(
            f"Parameter({literal(_named(a))}, {literal(a.type.name)})" for a in inputs
        )
        given = ", ".join(values)
        return (
            f"_statement({literal(head)}, ({described}{',' if described else ''}),"
            f" ({given}{',' if given else ''}), {{{self._types(function, row)}}})"
        )

    def _types(self, function: Function, row: str) -> str:
        """Result types, so that every driver gives the same Python values."""
        if row or function.returns.base in ("void", "record") or function.returns.array:
            return ""
        writer = TypeWriter(self.plan.facts)
        code = writer.write(function.returns, None)
        if code.startswith("Other("):
            return ""
        self.lines.update(writer.lines)
        return f"{literal(function.name)}: {code}"

    def _notes(self, function: Function) -> Iterator[str]:
        yield f"SQL: ``{function.schema}.{function.signature}``, {function.volatility}."
        if function.roles:
            yield f"For: {', '.join(function.roles)}."

    def _python(self, type_: Type) -> str:
        code = python_type(type_)
        self.lines |= code.imports
        return code.text


def _is_null(argument: Argument) -> bool:
    """Whether the argument's default is null."""
    return bool(re.match(r"(CAST\()?NULL\b", argument.default or ""))


def _named(argument: Argument) -> str:
    """The argument's name as a call writes it, empty if it has none."""
    words = ["variadic"] if argument.mode == "variadic" else []
    words += [plain(argument.name)] if argument.name else []
    return " ".join(words)
