"""Exercises of `02_honeycomb_with_opentelemetry.ipynb`: send, join, ask, find.

All checks but that of statuses send something of their own, under an id nobody used
before, through what the student built, and look at what arrived.
"""

from lab_helpers.exercises.catalog import Book
from lab_helpers.exercises.nb02 import (
    ask_by_route,
    bring_the_key,
    choose_status,
    instrument_the_app,
    join_the_services,
    name_the_culprit,
    name_the_service,
    record_the_facts,
    say_the_endpoint,
)

BOOK = Book(
    "02_honeycomb_with_opentelemetry.ipynb",
    (
        name_the_service.EXERCISE,
        say_the_endpoint.EXERCISE,
        bring_the_key.EXERCISE,
        instrument_the_app.EXERCISE,
        record_the_facts.EXERCISE,
        join_the_services.EXERCISE,
        choose_status.EXERCISE,
        ask_by_route.EXERCISE,
        name_the_culprit.EXERCISE,
    ),
)
