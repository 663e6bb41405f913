"""Exercises and the books that hold them, one book per notebook."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss

Namespace = Mapping[str, object]
Check = Callable[[Namespace, Context], None]


@dataclass(frozen=True, slots=True)
class Wrong:
    """A wrong answer: the cell's source, and words its refusal must contain."""

    source: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercise:
    """One exercise: a stub in a notebook, and how its answer is judged.

    `answer` names what the student's cell binds. `check(namespace, context)` returns
    on a right answer and raises `Miss` on a wrong one. `solution`, each further right
    answer and each wrong answer are the source of the cell, without its last line
    `lab.check(...)`. `right` has a name for each: in what it differs from `solution`.
    `lesson` is said when it is solved: one sentence, what the answer shows.
    """

    name: str
    title: str
    answer: tuple[str, ...]
    check: Check
    hints: tuple[str, ...]
    solution: str
    lesson: str
    right: Mapping[str, str] = field(default_factory=dict)
    wrong: Mapping[str, Wrong] = field(default_factory=dict)

    def cell(self, source: str) -> str:
        """The whole exercise cell with this source as its answer."""
        return f'{source.strip()}\n\n\nlab.check("{self.name}")'


@dataclass(frozen=True, slots=True)
class Book:
    """The exercises of one notebook, in its order; names are unique in the course."""

    notebook: str
    exercises: Sequence[Exercise]

    def __getitem__(self, name: str) -> Exercise:
        for exercise in self.exercises:
            if exercise.name == name:
                return exercise
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        return any(exercise.name == name for exercise in self.exercises)


def books() -> Iterator[Book]:
    """The course's books in order: `BOOK` of each module or package `nbNN_<topic>`."""
    here = str(Path(__file__).parent)
    for module in sorted(each.name for each in pkgutil.iter_modules([here])):
        if module.startswith("nb"):
            book = importlib.import_module(f"lab_helpers.exercises.{module}").BOOK
            assert isinstance(book, Book), f"{module}.BOOK is not a Book"
            yield book


def function_in(namespace: Namespace, name: str) -> Callable[..., Any]:
    """The student's function of that name, or `Miss` if it is something else."""
    function = namespace[name]
    if not callable(function):
        raise Miss(f"{name} should be a function; it is {function!r}")
    return function


def instead(source: str, *changes: tuple[str, str]) -> str:
    """The source with each (old, new) change made: a wrong answer as its difference.

    >>> instead("a = 1\\nb = 2", ("2", "3"))
    'a = 1\\nb = 3'
    """
    for old, new in changes:
        if old not in source:
            raise ValueError(f"nothing to change: {old!r} is not in the solution")
        source = source.replace(old, new)
    return source
