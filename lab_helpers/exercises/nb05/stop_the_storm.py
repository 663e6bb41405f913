"""Exercise: a filter for a handler on the root logger."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from lab_helpers.exercises.catalog import (
    Exercise,
    Namespace,
    Wrong,
    function_in,
    instead,
)
from lab_helpers.exercises.checking.cloudwatch import (
    arrived,
    fields_of,
    fresh_group,
    record_of,
    shipping,
)
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss

DEBUG, INFO = logging.DEBUG, logging.INFO
WARNING, ERROR, CRITICAL = logging.WARNING, logging.ERROR, logging.CRITICAL

# (logger, level) → whether its record should be sent.
DESIGNED = {
    ("kittiwake", INFO): True,
    ("kittiwake.api", INFO): True,
    ("kittiwake.db", DEBUG): True,
    ("waitress.queue", WARNING): True,
    ("sqlalchemy.pool", ERROR): True,
    ("flask.app", CRITICAL): True,
    ("werkzeug", INFO): False,
    ("kittiwakes", INFO): False,
    ("aws_xray_sdk.core.context", ERROR): False,
    ("botocore.auth", ERROR): False,
    ("urllib3.connectionpool", WARNING): False,
    ("opentelemetry.sdk.trace", ERROR): False,
}


def check(names: Namespace, context: Context) -> None:
    """Designed records offered to a handler with the filter; the right ones arrived."""
    filter_ = function_in(names, "OnlyOurs")()
    with fresh_group(context) as group:
        with shipping(group) as handler:
            handler.addFilter(filter_)
            for name, level in DESIGNED:
                handler.handle(record_of(name, level, {"logger": name}))
        expected = sum(DESIGNED.values())
        events = arrived(context, group, rows=expected)
    loggers = {line.get("logger") for line in fields_of(events)}
    faults = list(_faults(loggers))
    if faults:
        raise Miss("\n".join(faults))


def _faults(loggers: set[object]) -> Iterator[str]:
    for (name, level), expected in DESIGNED.items():
        record = f"a record of {name!r} at {logging.getLevelName(level)}"
        if expected and name not in loggers:
            yield f"{record} should be sent, and was not"
        if not expected and name in loggers:
            yield f"{record} was sent; {_why_not(name)}"


def _why_not(name: str) -> str:
    if name == "kittiwakes":
        return "that is another library, whose name only begins like ours"
    if name == "werkzeug":
        return "of libraries only warnings and worse are wanted"
    return "it takes part in shipping, and every line of its makes another"


FILTER = """\
import logging

SHIPPING = ("aws_xray_sdk", "botocore", "urllib3", "opentelemetry")


class OnlyOurs(logging.Filter):
    def filter(self, record):
        library = record.name.split(".")[0]
        if library == "kittiwake":
            return True
        return library not in SHIPPING and record.levelno >= logging.WARNING
"""

ONE_LINE = """\
import logging

SHIPPING = ("aws_xray_sdk", "botocore", "urllib3", "opentelemetry")


class OnlyOurs(logging.Filter):
    def filter(self, record):
        library = record.name.split(".")[0]
        warns = record.levelno >= logging.WARNING
        return library == "kittiwake" or (warns and library not in SHIPPING)
"""

EXERCISE = Exercise(
    name="stop_the_storm",
    title="Stop the storm",
    answer=("OnlyOurs",),
    check=check,
    hints=(
        "Two cases: the library is kittiwake, or it is another one. Of the first every "
        "record goes through; what must be true of one of the others?",
        'library == "kittiwake", or else two conditions joined by and: the library is '
        "not in SHIPPING, and record.levelno is logging.WARNING or more.",
        'return library == "kittiwake" or (library not in SHIPPING and '
        "record.levelno >= logging.WARNING)",
    ),
    solution=FILTER,
    lesson="What ships is silent about shipping, and everybody else may still warn.",
    right={
        "in one line": ONE_LINE,
        "more than information": instead(
            FILTER, (">= logging.WARNING", "> logging.INFO")
        ),
        "the number": instead(FILTER, (">= logging.WARNING", ">= 30")),
        "the name and what is below it": instead(
            FILTER,
            (
                'library == "kittiwake"',
                'record.name == "kittiwake" or record.name.startswith("kittiwake.")',
            ),
        ),
    },
    wrong={
        "two levels by name": Wrong(
            instead(
                FILTER,
                (
                    "record.levelno >= logging.WARNING",
                    'record.levelname in ("WARNING", "ERROR")',
                ),
            ),
            "'flask.app' at CRITICAL should be sent",
        ),
        "not all of ours": Wrong(
            instead(
                FILTER,
                (
                    "            return True",
                    "            return record.levelno >= logging.INFO",
                ),
            ),
            "'kittiwake.db' at DEBUG should be sent",
        ),
        "only ours": Wrong(
            instead(
                FILTER,
                (
                    "library not in SHIPPING and record.levelno >= logging.WARNING",
                    "False",
                ),
            ),
            "'waitress.queue' at WARNING should be sent",
        ),
        "every level": Wrong(
            instead(FILTER, (" and record.levelno >= logging.WARNING", "")),
            "only warnings and worse",
        ),
        "errors of shipping": Wrong(
            instead(FILTER, ("library not in SHIPPING and ", "")),
            "takes part in shipping",
        ),
        "warnings and nothing worse": Wrong(
            instead(
                FILTER,
                ("record.levelno >= logging.WARNING", 'record.levelname == "WARNING"'),
            ),
            "'sqlalchemy.pool' at ERROR should be sent",
        ),
        "worse than a warning": Wrong(
            instead(FILTER, (">= logging.WARNING", "> logging.WARNING")),
            "'waitress.queue' at WARNING should be sent",
        ),
        "only the top logger": Wrong(
            instead(FILTER, ('library == "kittiwake"', 'record.name == "kittiwake"')),
            "'kittiwake.api' at INFO should be sent",
        ),
        "names that begin alike": Wrong(
            instead(
                FILTER,
                ('library == "kittiwake"', 'record.name.startswith("kittiwake")'),
            ),
            "only begins like ours",
        ),
    },
)
