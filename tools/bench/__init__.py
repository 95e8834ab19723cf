"""Measures the database and its runtime beside others on the same data.

    python -m tools.bench table [--tasks 100000]    the table of what is wanted
    python -m tools.bench identity | token | tree   figures behind single decisions

What is asked stands in `sql/`, one file a system; `sql/todo_db.sql` is ours. All of it
runs on a throw-away server whose commits do not wait for the disk.
"""
