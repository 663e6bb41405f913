"""Exercise: level filters that silence what they should and nothing else."""

from __future__ import annotations

from typing import Any

import rollbar

from lab_helpers.exercises.catalog import Exercise, Namespace, Wrong, instead
from lab_helpers.exercises.checking.rollbar import (
    arrived,
    refused_status,
    reporting,
)
from lab_helpers.exercises.checking.values import described
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss

INVALID = "422"
"""How Rollbar answers a payload with something in it that it does not know."""

# What is raised → the level it should arrive with, None if not at all. A visitor who
# hangs up has three kinds of errors in Python.
DESIGNED: dict[type[OSError], str | None] = {
    ConnectionResetError: None,
    BrokenPipeError: None,
    ConnectionAbortedError: None,
    ConnectionRefusedError: "critical",
    TimeoutError: "warning",
    FileNotFoundError: "error",
}


def check(names: Namespace, context: Context) -> None:
    """Six exceptions under these filters; the right three arrived, as they should."""
    filters = _pairs(names["levels"])
    environment = context.fresh_id()
    with reporting(environment, filters=filters) as log:
        for kind in DESIGNED:
            if _report(kind) and refused_status(log) == INVALID:
                raise Miss(_refused(kind, filters))
    expected = sum(level is not None for level in DESIGNED.values())
    items = arrived(context, environment, rows=expected)
    actual = {
        str(title).split(":")[0]: str(level)
        for title, level in zip(items["title"], items["level"], strict=True)
    }
    for kind, level in DESIGNED.items():
        _check_kind(kind, level, actual.get(kind.__name__))


def _pairs(filters: object) -> list[tuple[Any, Any]]:
    """The pairs of an answer, as pyrollbar takes them: it unpacks each into two."""
    if not isinstance(filters, list | tuple):
        raise Miss(f"levels should be a list of pairs; it is {described(filters)}")
    for pair in filters:
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise Miss(
                "each member of levels should be a pair (class, level); there is "
                f"{described(pair)}"
            )
        if not isinstance(pair[0], type | str):
            raise Miss(
                "the first of each pair should be a class of exceptions; there is "
                f"{described(pair[0])}"
            )
        if not isinstance(pair[1], str):
            raise Miss(
                "the second of each pair should be a level, as text; there is "
                f"{described(pair[1])}"
            )
    return [(kind, level) for kind, level in filters]


def _report(kind: type[OSError]) -> bool:
    """Raises and reports; says whether pyrollbar sent it."""
    try:
        raise kind("check")
    except OSError:
        uuid = rollbar.report_exc_info(payload_data={"fingerprint": kind.__name__})
    return uuid is not None


def _refused(kind: type[OSError], filters: list[tuple[Any, Any]]) -> str:
    """What Rollbar refuses does not arrive either, but it is not ignored."""
    level = next(level for one, level in filters if _fits(kind, one))
    return (
        f"a {kind.__name__} was sent with the level {described(level)}; Rollbar knows "
        f"no such level and answered {INVALID}. What pyrollbar should not send has the "
        "level 'ignored'"
    )


def _fits(kind: type[OSError], one: type | str) -> bool:
    """Tells whether a filter's class, or its name as text, is the kind or above it."""
    names = {f"{each.__module__}.{each.__qualname__}" for each in kind.__mro__}
    return one in names if isinstance(one, str) else issubclass(kind, one)


def _check_kind(kind: type[OSError], expected: str | None, actual: str | None) -> None:
    name = kind.__name__
    if expected == actual:
        return
    if expected is None:
        raise Miss(
            f"a {name} arrived as {actual!r}; it is a ConnectionError: ignore it"
        )
    if actual is None:
        raise Miss(f"a {name} was swallowed{_because(kind)}")
    raise Miss(
        f"a {name} arrived as {actual!r}; it should be {expected!r}{_because(kind)}"
    )


def _because(kind: type[OSError]) -> str:
    parents = [each.__name__ for each in kind.__mro__[1:] if issubclass(each, OSError)]
    return (
        f"; it is a kind of {' and of '.join(parents)}, and the first pair whose class "
        "fits decides"
    )


LEVELS = """\
levels = [
    (ConnectionRefusedError, "critical"),
    (ConnectionError, "ignored"),
    (TimeoutError, "warning"),
]
"""

BY_NAME = """\
hung_up = [ConnectionResetError, ConnectionAbortedError, BrokenPipeError]
levels = [(kind, "ignored") for kind in hung_up]
levels.append((ConnectionRefusedError, "critical"))
levels.append((TimeoutError, "warning"))
"""

EXERCISE = Exercise(
    name="keep_the_warning",
    title="Keep the warning",
    answer=("levels",),
    check=check,
    hints=(
        "Write a list of three pairs (class, level), as the cell above has one. Which "
        "of the classes is a kind of another one of them?",
        "A pair fits an exception of its class and of every class derived from it, and "
        "the first that fits decides: the special class stands before the general one. "
        'What should not be sent has the level "ignored".',
        'levels = [(ConnectionRefusedError, "critical"), (ConnectionError, "ignored"), '
        '(TimeoutError, "warning")]',
    ),
    solution=LEVELS,
    lesson="Visitors who hang up are silent; a dead store and a timeout are not.",
    right={
        "lists for pairs": (
            "levels = [\n"
            '    [ConnectionRefusedError, "critical"],\n'
            '    [ConnectionError, "ignored"],\n'
            '    [TimeoutError, "warning"],\n'
            "]"
        ),
        "the timeout first": (
            "levels = [\n"
            '    (TimeoutError, "warning"),\n'
            '    (ConnectionRefusedError, "critical"),\n'
            '    (ConnectionError, "ignored"),\n'
            "]"
        ),
        "each kind by its name": BY_NAME,
        "classes as text": instead(
            LEVELS,
            ("(ConnectionRefusedError,", '("builtins.ConnectionRefusedError",'),
            ("(TimeoutError,", '("builtins.TimeoutError",'),
        ),
    },
    wrong={
        "a level that Rollbar refuses": Wrong(
            instead(LEVELS, ('"ignored"', '"ignore"')),
            "a ConnectionResetError was sent with the level 'ignore' (a str); Rollbar "
            "knows no such level and answered 422",
        ),
        "two of the three": Wrong(
            "levels = [\n"
            '    (ConnectionRefusedError, "critical"),\n'
            '    (ConnectionResetError, "ignored"),\n'
            '    (BrokenPipeError, "ignored"),\n'
            '    (TimeoutError, "warning"),\n'
            "]",
            "a ConnectionAbortedError arrived as 'error'",
        ),
        "a dictionary": Wrong(
            'levels = {ConnectionError: "ignored"}',
            "levels should be a list of pairs; it is {<class 'ConnectionError'>: ",
        ),
        "the level first": Wrong(
            'levels = [("ignored", ConnectionError)]',
            "the second of each pair should be a level, as text; there is <class",
        ),
        "the general first": Wrong(
            instead(
                LEVELS,
                ('    (ConnectionRefusedError, "critical"),\n', ""),
                (
                    '"ignored"),\n',
                    '"ignored"),\n    (ConnectionRefusedError, "critical"),\n',
                ),
            ),
            "a ConnectionRefusedError was swallowed",
        ),
        "too general": Wrong(
            instead(
                LEVELS,
                ("(ConnectionError,", "(OSError,"),
                ('    (TimeoutError, "warning"),\n', ""),
            ),
            "a TimeoutError was swallowed",
        ),
        "one too many": Wrong(
            instead(LEVELS, ("]", '    (OSError, "ignored"),\n]')),
            "a FileNotFoundError was swallowed",
        ),
        "a timeout an error": Wrong(
            instead(LEVELS, ('    (TimeoutError, "warning"),\n', "")),
            "a TimeoutError arrived as 'error'",
        ),
        "one of the two": Wrong(
            instead(LEVELS, ("(ConnectionError,", "(ConnectionResetError,")),
            "a BrokenPipeError arrived",
        ),
    },
)
