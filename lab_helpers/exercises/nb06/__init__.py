"""Exercises of `06_rollbar.ipynb`: an error tracker that is told what matters.

What is reported goes to environments nobody used before, and is read back from Rollbar.
"""

from lab_helpers.exercises.catalog import Book
from lab_helpers.exercises.nb06 import (
    carry_the_trace_id_to_rollbar,
    catch_the_regression,
    group_the_noise,
    keep_the_warning,
    report_the_handled,
    scrub_the_secrets,
    start_the_tracker,
)

BOOK = Book(
    "06_rollbar.ipynb",
    (
        start_the_tracker.EXERCISE,
        report_the_handled.EXERCISE,
        keep_the_warning.EXERCISE,
        scrub_the_secrets.EXERCISE,
        carry_the_trace_id_to_rollbar.EXERCISE,
        group_the_noise.EXERCISE,
        catch_the_regression.EXERCISE,
    ),
)
