"""Runs ``python -m tools.codegen``."""

from tools.codegen.cli import main
from tools.console import run

run(main)
