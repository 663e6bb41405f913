"""Exercises of `04_ship_the_logs.ipynb`: a logger, its lines, a join.

What is logged goes to groups nobody used before, and is read back from CloudWatch.
"""

from lab_helpers.exercises.catalog import Book
from lab_helpers.exercises.checking.cloudwatch import reaching
from lab_helpers.exercises.nb04 import (
    carry_the_trace_id,
    choose_the_level,
    join_the_lines,
    ship_the_record,
)

_MODULES = (
    ship_the_record,
    choose_the_level,
    carry_the_trace_id,
    join_the_lines,
)

BOOK = Book(
    "04_ship_the_logs.ipynb",
    tuple(reaching(module.EXERCISE) for module in _MODULES),
)
