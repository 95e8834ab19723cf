"""Fills the tables of any schema with rows that its rules accept.

Row *i* of every table refers to row *i* of every other, so that no reference has to be
looked up and composite keys that share columns agree. What a column holds is chosen
among candidates: the first combination that all CHECKs of the table accept.
"""

from tools.review.filler.insert import Filled, fill

__all__ = ["Filled", "fill"]
