"""Generates the typed models, the dump and the data dictionary from a database."""

from tools.codegen.build import generate
from tools.codegen.cli import main

__all__ = ["generate", "main"]
