"""Exercises of `01_spans_and_traces.ipynb`: spans, traces and context, in memory."""

from lab_helpers.exercises.catalog import Book
from lab_helpers.exercises.nb01 import (
    find_root,
    keep_context,
    read_traceparent,
    record_failure,
    record_tree,
    self_time,
    set_attributes,
)

BOOK = Book(
    "01_spans_and_traces.ipynb",
    (
        find_root.EXERCISE,
        record_tree.EXERCISE,
        set_attributes.EXERCISE,
        record_failure.EXERCISE,
        keep_context.EXERCISE,
        read_traceparent.EXERCISE,
        self_time.EXERCISE,
    ),
)
