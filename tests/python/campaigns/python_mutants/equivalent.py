"""Mutants that change nothing that anybody could observe, each with its reason."""

from __future__ import annotations

from typing import Final

EQUIVALENT: Final[dict[str, str]] = {
    'todo_db/errors.py:from_driver: diag.constraint_name or "" -> '
    "(diag.constraint_name)": "no error is listed for None either",
    'todo_db/errors.py:from_driver: "" -> "mutant"': "nor for this name",
    "todo_db/encryption.py:FieldCipher.decrypt: len(nonce) < _NONCE or header[0] !="
    " _VERSION or key is None -> (len(nonce) < _NONCE or key is None)": (
        "the header is authenticated, so that another version is refused anyway"
    ),
    'todo_db/_address.py: "/etc/ssl/cert.pem" -> "mutant"': (
        "where another distribution keeps its certificates"
    ),
    'todo_db/_urls.py:_is_known: "x" -> "mutant"': "any name will do: nobody is asked",
}
