"""The generator under sqlacodegen's own command, as one module on standard output:

    sqlacodegen --generator todo-db --schemas shop postgresql+psycopg://…

sqlacodegen connects, reflects what `--schemas`, `--tables` and `--noviews` choose, and
writes; what is rendered of that, and how, is decided here. Without `--options
role=NAME` it is generated for an owner, who may do everything.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from sqlacodegen.generators import SQLModelGenerator
from sqlalchemy import Connection, Engine, MetaData

from tools.codegen import build, catalogue, onemodule, package
from tools.codegen.facts import Facts
from tools.codegen.output import format_python
from tools.codegen.plan import Plan
from tools.codegen.source import docstring

_ROLE = "role="


class TodoDbGenerator(SQLModelGenerator):
    """Models that know the rules, of the tables and views that were reflected."""

    def __init__(
        self, metadata: MetaData, bind: Connection | Engine, options: Collection[str]
    ) -> None:
        """Take what sqlacodegen gives; of its options, ``role=NAME``.

        Raises:
            ValueError: there is an option of another name.
        """
        roles = [one.removeprefix(_ROLE) for one in options if one.startswith(_ROLE)]
        super().__init__(
            metadata, bind, [one for one in options if not one.startswith(_ROLE)]
        )
        self.role = roles[-1] if roles else None

    @property
    def views_supported(self) -> bool:
        """Views are read-only models."""
        return True

    def generate(self) -> str:
        """Write the module."""
        if not self.metadata.tables:
            return docstring("There is no table here.") + "\n"
        engine: Any = self.bind.engine
        with build.reading(engine) as connection:
            plan = Plan(self._facts(connection))
            modules = {
                **package.inputs(plan),
                **package.modules(plan, self.metadata, connection),
            }
        merged = onemodule.merge(
            {name.removesuffix(".py"): text for name, text in modules.items()},
            f"Models of {', '.join(plan.facts.schemas)}, with the rules of its tables.",
        )
        ((_, text),) = format_python({PurePosixPath("models.py"): merged}).items()
        return text

    def _facts(self, connection: Connection) -> Facts:
        """Read the schemas of what was reflected, and keep no more than that."""
        default = str(connection.dialect.default_schema_name)
        for table in self.metadata.tables.values():
            table.schema = table.schema or default
        found = {(str(t.schema), t.name) for t in self.metadata.tables.values()}
        schemas = sorted({schema for schema, _ in found})
        facts = catalogue.read(connection, schemas, self.role)
        kept = [r for r in facts.relations if (r.schema, r.name) in found]
        return replace(facts, relations=tuple(kept))
