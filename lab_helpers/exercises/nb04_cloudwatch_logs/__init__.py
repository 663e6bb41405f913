"""Exercises of `04_cloudwatch_logs.ipynb`: a logger, joins, patterns, an alarm.

What is logged goes to groups nobody used before, and is read back from CloudWatch.
"""

from lab_helpers.exercises.book import Book
from lab_helpers.exercises.nb04_cloudwatch_logs import (
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

BOOK = Book(
    "04_cloudwatch_logs.ipynb",
    (
        ship_the_record.EXERCISE,
        choose_the_level.EXERCISE,
        carry_the_trace_id.EXERCISE,
        join_the_lines.EXERCISE,
        write_a_pattern.EXERCISE,
        ask_for_percentiles.EXERCISE,
        count_the_failures.EXERCISE,
        raise_the_alarm.EXERCISE,
        stop_the_storm.EXERCISE,
    ),
)
