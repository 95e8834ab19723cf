"""The package ``todo_models``: which modules it has and what each is made from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from sqlalchemy import Connection, MetaData

from tools.codegen import enums, fingerprint, rules, types_, uncarried
from tools.codegen.functions import Functions
from tools.codegen.models import Models
from tools.codegen.output import Files, format_python
from tools.codegen.plan import Plan
from tools.codegen.source import BANNER, literal, module
from tools.codegen.tables import TableGenerator
from tools.codegen.views import Views

_TABLES = '''"""Tables: one class each, a row is an instance.

They carry columns, keys, checks, references, indexes and the comments of tables and
columns. What they do not carry, such as policies, triggers, privileges, partitions and
what the application may not read, `uncarried` lists by name.
"""

'''
_SUPPORT = Path(__file__).parent / "support"


def inputs(plan: Plan) -> dict[str, str]:
    """Give the modules of what is sent and shown, unformatted, by their files' names.

    Nothing in them needs more of the table classes than their names.
    """
    return {
        "enums.py": enums.render(plan),
        "types.py": types_.render(plan),
        "rules.py": rules.render(plan),
        "models.py": Models(plan).render(),
        **dict(_support()),
    }


def modules(plan: Plan, metadata: MetaData, connection: Connection) -> dict[str, str]:
    """Give the modules about tables and views, unformatted, by their files' names."""
    tables = TableGenerator(metadata, connection, plan).generate()
    views = Views(plan).render()
    return {
        "tables.py": BANNER + _TABLES + tables,
        **({"views.py": views} if views is not None else {}),
    }


def render(plan: Plan, found: dict[str, str], connection: Connection) -> Files:
    """Give all of the package, by path below its directory.

    Args:
        found: what `inputs` and `modules` gave.
    """
    files = {
        **found,
        "py.typed": "",
        "uncarried.py": uncarried.render(plan, connection),
        "fingerprint.py": fingerprint.render(plan.facts, connection),
    }
    for name, awaited in (("functions.py", False), ("functions_async.py", True)):
        code = Functions(plan, awaited=awaited).render()
        if code is not None:
            files[name] = code
    files["__init__.py"] = _exports(plan, files)
    return format_python({PurePosixPath(name): text for name, text in files.items()})


def _support() -> Iterator[tuple[str, str]]:
    for path in sorted(_SUPPORT.glob("*.py")):
        if path.name != "__init__.py":
            yield path.name, BANNER + path.read_text("utf-8")


def _exports(plan: Plan, files: dict[str, str]) -> str:
    """The package's front door: every public name of every public module."""
    lines, public = ["from ._models import RuleError"], ["RuleError"]
    for name, code in sorted(files.items()):
        if name.endswith(".py") and not name.startswith("_"):
            found = re.findall(r"^(?:class (\w+)|(\w+): TypeAlias)", code, re.MULTILINE)
            for exported in (a or b for a, b in found):
                lines.append(f"from .{name[:-3]} import {exported}")
                public.append(exported)
    listed = ", ".join(literal(name) for name in sorted(public))
    purpose = f"Typed models of schema {plan.facts.schema}: tables, enums, inputs."
    return module(purpose, lines, [f"__all__ = [{listed}]"])
