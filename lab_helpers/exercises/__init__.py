"""Exercises: checked on what the student's code did, with hints and solutions.

`check`, `hint`, `solution`, `use`, `others` and `progress` work on the namespace of
the running notebook. Everything they do is in `Desk`, which takes any namespace.
`diagnose` finds the broken link when no data arrived.
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
from lab_helpers.exercises.course_progress import (
    CourseProgress,
    PageProgress,
    course_progress,
    page_progress,
)
from lab_helpers.exercises.diagnosis.chain import Diagnosis, diagnose
from lab_helpers.exercises.gallery import ClassmateAnswer, Gallery, gallery_of
from lab_helpers.exercises.grader import Desk, Hint, Solution
from lab_helpers.exercises.progress_file import ProgressFile, of_the_lab
from lab_helpers.exercises.verdict import Miss, Progress, State, Verdict

__all__ = [
    "Book",
    "ClassmateAnswer",
    "Context",
    "CourseProgress",
    "Desk",
    "Diagnosis",
    "Exercise",
    "FreshTrace",
    "Gallery",
    "Hint",
    "Miss",
    "PageProgress",
    "Progress",
    "ProgressFile",
    "Solution",
    "State",
    "Verdict",
    "Wrong",
    "books",
    "check",
    "course_progress",
    "diagnose",
    "function_in",
    "gallery_of",
    "hint",
    "instead",
    "of_the_lab",
    "others",
    "page_progress",
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


def others(name: str) -> Gallery | Verdict:
    """What three classmates wrote, once you have solved it: which are wrong?

    The answer is folded away. Before that it says that the exercise comes first.
    """
    return _desk().others(name)


def progress(*, all_pages: bool = False) -> Progress | CourseProgress:
    """Progress: the exercises of this notebook that are solved so far.

    What was solved before a restart of the kernel counts. With `all_pages`, how many
    are solved on each page of the course; `lab progress` in a terminal says the same.
    """
    return _desk().course_progress() if all_pages else _desk().progress()


@cache
def _desk() -> Desk:
    """The desk of this kernel; in plain Python, a desk on the `__main__` module."""
    from IPython.core.getipython import get_ipython
    from IPython.display import display

    import __main__

    shell = get_ipython()
    if shell is None:
        return Desk(vars(__main__), progress_file=of_the_lab())
    return Desk(shell.user_ns, show=display, progress_file=of_the_lab())
