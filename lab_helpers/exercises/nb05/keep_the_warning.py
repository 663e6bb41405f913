"""Exercise: level filters that silence what they should and nothing else."""

from __future__ import annotations

import rollbar

from lab_helpers.exercises.catalog import Exercise, Namespace, Wrong, instead
from lab_helpers.exercises.checking.rollbar import arrived, reporting
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss

# What is raised → the level it should arrive with, None if not at all.
DESIGNED: dict[type[OSError], str | None] = {
    ConnectionResetError: None,
    BrokenPipeError: None,
    ConnectionRefusedError: "critical",
    TimeoutError: "warning",
    FileNotFoundError: "error",
}


def check(names: Namespace, context: Context) -> None:
    """Five exceptions under these filters; the right three arrived, as they should."""
    filters = names["levels"]
    if not isinstance(filters, list):
        raise Miss(f"levels should be a list of pairs; it is {filters!r}")
    if any(not isinstance(pair, tuple) or len(pair) != 2 for pair in filters):
        raise Miss("each member of levels should be a pair (class, level)")
    environment = context.fresh_id()
    with reporting(environment, filters=filters):
        for kind in DESIGNED:
            _report(kind)
    expected = sum(level is not None for level in DESIGNED.values())
    items = arrived(context, environment, rows=expected)
    actual = {
        str(title).split(":")[0]: str(level)
        for title, level in zip(items["title"], items["level"], strict=True)
    }
    for kind, level in DESIGNED.items():
        _check_kind(kind, level, actual.get(kind.__name__))


def _report(kind: type[OSError]) -> None:
    try:
        raise kind("check")
    except OSError:
        rollbar.report_exc_info(payload_data={"fingerprint": kind.__name__})


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
    raise Miss(f"a {name} arrived as {actual!r}, expected {expected!r}{_because(kind)}")


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

EXERCISE = Exercise(
    name="keep_the_warning",
    title="Keep the warning",
    answer=("levels",),
    check=check,
    hints=(
        "A pair fits an exception of its class and of every class derived from it; the "
        "first that fits decides.",
        'Put (ConnectionRefusedError, "critical") before (ConnectionError, "ignored").',
    ),
    solution=LEVELS,
    lesson="Visitors who hang up are silent; a dead store and a timeout are not.",
    wrong={
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
