"""Exercises of `05_ask_the_logs.ipynb`: patterns, queries, an alarm.

What is logged goes to groups nobody used before, and is read back from CloudWatch.
"""

from lab_helpers.exercises.catalog import Book
from lab_helpers.exercises.checking.cloudwatch import reaching
from lab_helpers.exercises.nb05 import (
    ask_for_percentiles,
    count_the_failures,
    raise_the_alarm,
    stop_the_storm,
    write_a_pattern,
)

_MODULES = (
    write_a_pattern,
    ask_for_percentiles,
    count_the_failures,
    raise_the_alarm,
    stop_the_storm,
)

BOOK = Book(
    "05_ask_the_logs.ipynb",
    tuple(reaching(module.EXERCISE) for module in _MODULES),
)
