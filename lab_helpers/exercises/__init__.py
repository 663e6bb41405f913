"""Exercises: checked on what the student's code did, with hints and solutions.

`check`, `hint`, `solution`, `use` and `progress` work on the namespace of the running
notebook. Everything they do is in `Desk`, which takes any namespace. `diagnose` finds
the broken link when no data arrived.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from lab_helpers.exercises.catalog import (
    Book,
    Exercise,
    Wrong,
    books,
    function_in,
    instead,
)
from lab_helpers.exercises.context import Context, FreshTrace
from lab_helpers.exercises.diagnosis.chain import Diagnosis, diagnose
from lab_helpers.exercises.grader import Desk, Hint, Solution
from lab_helpers.exercises.verdict import Miss, Progress, State, Verdict

__all__ = [
    "Book",
    "Context",
    "Desk",
    "Diagnosis",
    "Exercise",
    "FreshTrace",
    "Hint",
    "Miss",
    "Progress",
    "Solution",
    "State",
    "Verdict",
    "Wrong",
    "books",
    "check",
    "diagnose",
    "function_in",
    "hint",
    "instead",
    "progress",
    "solution",
    "use",
]


def check(name: str) -> Verdict:
    """Judges the answer to an exercise: solved, not yet (what to look at), to do."""
    return _desk().check(name)


def hint(name: str) -> Hint:
    """The next hint for an exercise."""
    return _desk().hint(name)


def solution(name: str) -> Solution:
    """The reference answer to an exercise."""
    return _desk().solution(name)


def use(name: str) -> Any:
    """Your solved answer, or else the reference; says which, changes nothing of yours.

    Several answers come as a tuple.
    """
    return _desk().use(name)


def progress() -> Progress:
    """Progress: the exercises of this notebook that are solved so far."""
    return _desk().progress()


@cache
def _desk() -> Desk:
    """The desk of this kernel; in plain Python, a desk on the `__main__` module."""
    from IPython.core.getipython import get_ipython
    from IPython.display import display

    import __main__

    shell = get_ipython()
    if shell is None:
        return Desk(vars(__main__))
    return Desk(shell.user_ns, show=display)
