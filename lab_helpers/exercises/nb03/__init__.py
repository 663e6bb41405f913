"""Exercises of `03_xray.ipynb`: segments, threads, filters, OpenTelemetry, sampling.

What is sent goes under a trace id nobody used before, through the lab's daemon or its
OTLP endpoint, and is read back from X-Ray.
"""

from lab_helpers.exercises.catalog import Book
from lab_helpers.exercises.nb03 import (
    annotate_the_segment,
    convert_trace_ids,
    fill_the_reservoir,
    find_the_lost_segment,
    keep_the_segment,
    port_the_handler,
    quiet_the_robot,
    write_a_filter,
)

BOOK = Book(
    "03_xray.ipynb",
    (
        annotate_the_segment.EXERCISE,
        find_the_lost_segment.EXERCISE,
        keep_the_segment.EXERCISE,
        write_a_filter.EXERCISE,
        port_the_handler.EXERCISE,
        convert_trace_ids.EXERCISE,
        fill_the_reservoir.EXERCISE,
        quiet_the_robot.EXERCISE,
    ),
)
