"""Hold imports to the contracts of pyproject.toml: part of `make lint`.

    python -m tools.dev.layers

Exit status: 0 kept; 1 an import goes up, or in a circle, and the lines name it.
"""

from __future__ import annotations

from collections.abc import Sequence

from importlinter.cli import lint_imports

from tools.console import run


def main(argv: Sequence[str]) -> int:
    """Check the packages of the directory that it runs in."""
    return lint_imports(no_cache=True, no_logo=True)


if __name__ == "__main__":
    run(main)
