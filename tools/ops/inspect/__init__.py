"""What an operator asks of a database, each answer with a verdict: `make inspect`.

Each check is a query in tools/ops/assets/inspect/, whose rows have a column `object`,
columns of its own, and `verdict` (ok, look, act), `says` and `mend`, the statement that
puts it right. Bloat is measured by bloat.py.
"""
