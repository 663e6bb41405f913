"""Exercises of `04_cloudwatch_logs.ipynb`: a logger, joins, patterns, an alarm.

What is logged goes to groups nobody used before, and is read back from CloudWatch.
"""

from lab_helpers.exercises.catalog import Book
from lab_helpers.exercises.checking.cloudwatch import reaching
from lab_helpers.exercises.nb04 import (
    ask_for_percentiles,
    carry_the_trace_id,
    choose_the_level,
    count_the_failures,
    join_the_lines,
    raise_the_alarm,
    ship_the_record,
    stop_the_storm,
    write_a_pattern,
)

_MODULES = (
    ship_the_record,
    choose_the_level,
    carry_the_trace_id,
    join_the_lines,
    write_a_pattern,
    ask_for_percentiles,
    count_the_failures,
    raise_the_alarm,
    stop_the_storm,
)

BOOK = Book(
    "04_cloudwatch_logs.ipynb",
    tuple(reaching(module.EXERCISE) for module in _MODULES),
)
