"""``functions.py`` and ``functions_async.py``: the database's functions as callables.

PostgreSQL does not say whether arguments and results may be null. Here an argument may
be null if that is its default. Where none has such a default, the function's comment
decides, as it does for people: if it speaks of null, arguments and result may be; if it
does not, none is, and a null result raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from pglast import keywords

from tools.codegen import names
from tools.codegen.facts import Argument, Function, Type
from tools.codegen.plan import Plan
from tools.codegen.pytypes import imports_of, python_type
from tools.codegen.satypes import TypeWriter
from tools.codegen.source import docstring, indented, literal, module

ROLES: Final = frozenset({"todo_user", "todo_auth", "public"})
_KEYWORDS: Final = keywords.RESERVED_KEYWORDS | keywords.COL_NAME_KEYWORDS
_INPUTS: Final = frozenset({"in", "inout", "variadic"})


class Functions:
    """Renders one of the two modules, and collects the imports it needs."""

    def __init__(self, plan: Plan, *, awaited: bool) -> None:
        self.plan, self.awaited = plan, awaited
        self.lines: set[str] = set()
        self.taken: set[str] = set()

    def render(self) -> str | None:
        """Write the module; None where the roles may execute nothing."""
        functions = [f for f in self.plan.facts.functions if self._is_for_roles(f)]
        sections = [code for f in functions for code in self._sections(f)]
        how = ", to be awaited" if self.awaited else ""
        executor = "AsyncExecutor" if self.awaited else "Executor"
        self.lines.add(f"from ._calls import {executor}")
        self.lines.add("from ._calls import DEFAULT, Default, Parameter")
        self.lines.add("from ._calls import scalar as _scalar")
        self.lines.add("from ._calls import statement as _statement")
        public = sorted(self.taken)
        purpose = f"Functions of schema {self.plan.facts.schema} as callables{how}."
        return module(purpose, self.lines, sections, public) if sections else None

    def _is_for_roles(self, function: Function) -> bool:
        if self.plan.facts.role is None:
            return True
        return bool(ROLES.intersection(function.roles))

    def _sections(self, function: Function) -> Iterator[str]:
        name = names.free(names.identifier(function.name), self.taken)
        self.taken.add(name)
        columns = self._columns(function)
        if columns:
            taken = self.taken | self.plan.body
            row = names.free(names.pascal(function.name) + "Row", taken)
            if self.awaited:
                self.lines.add(f"from .functions import {row}")
            else:
                self.taken.add(row)
                yield self._row(row, columns)
        else:
            row = ""
        yield self._callable(function, name, row)

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
        target = f"{_quoted(function.schema)}.{_quoted(function.name)}"
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
        self.lines.update(imports_of(code))
        return code


def _is_null(argument: Argument) -> bool:
    """Whether the argument's default is null."""
    return bool(re.match(r"(CAST\()?NULL\b", argument.default or ""))


def _named(argument: Argument) -> str:
    """The argument's name as a call writes it, empty if it has none."""
    words = ["variadic"] if argument.mode == "variadic" else []
    words += [_quoted(argument.name)] if argument.name else []
    return " ".join(words)


def _quoted(name: str) -> str:
    """Quote an SQL name where it needs it."""
    if re.fullmatch(r"[a-z_][a-z0-9_]*", name) and name not in _KEYWORDS:
        return name
    return '"' + name.replace('"', '""') + '"'
