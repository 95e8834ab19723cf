"""Measures the database and its runtime beside others on the same data.

    python -m tools.bench table [--tasks 100000]    the table of what is wanted
    python -m tools.bench run [--tasks N] [--keep]  all, into build/bench/last.json
    python -m tools.bench cpu                       the backend's time, if others run
    python -m tools.bench compare OLD [NEW]         two runs, with a verdict
    python -m tools.bench report [RUN …]            docs/performance.md and its plots
    python -m tools.bench explain NAME              a query's plan as the app's role
    python -m tools.bench citus                     the schema as Citus takes it
    python -m tools.bench identity | token | tree   figures behind single decisions

What is asked stands in `sql/`, one file a system; `sql/todo_db.sql` is ours. All of it
runs on a throw-away server whose commits do not wait for the disk; with `--keep` the
data stay, and a load that was cut off goes on where it was.
"""
