"""Breaks the project's Python, one place at a time, and counts what its tests notice.

mutmut 3.8 and cosmic-ray 8.7 were tried first. mutmut changes the bodies of functions
only, and none that has a decorator: no constant, no table of SQLSTATEs, no listener of
an engine, no context manager, which is where half of the faults that a reader planted
by hand were. cosmic-ray changes neither strings nor statements, and starts the tests,
hence a server, anew for each mutant. Here a worker starts its server once, and each
mutant is tried in a fork that has the libraries already.
"""
