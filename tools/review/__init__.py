"""Reports what a change of the schema does: `python -m tools.review`, `make review`.

The new migrations run on a throw-away server whose tables are filled, while other
sessions read and write them. What they lock, for how long, what they rewrite and who
waited is measured, not guessed; linters and rules of our own say the rest.
"""
