"""The student's desk: one namespace, what was checked in it, which hints were seen."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import TracebackType
from typing import Any

from lab_helpers.exercises.catalog import Book, Exercise, books
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.course_progress import (
    CourseProgress,
    course_progress,
    page_progress,
)
from lab_helpers.exercises.gallery import Gallery, gallery_of
from lab_helpers.exercises.isolation import isolated
from lab_helpers.exercises.progress_file import ProgressFile, better
from lab_helpers.exercises.stubs import untouched
from lab_helpers.exercises.verdict import Miss, Progress, State, Verdict


@dataclass(frozen=True, slots=True)
class Hint:
    """One hint, and how many there are."""

    number: int
    total: int
    text: str

    def __repr__(self) -> str:
        return f"Hint {self.number} of {self.total}: {self.text}"

    def _repr_html_(self) -> str:
        text = html.escape(self.text, quote=False)
        return f"<p><strong>Hint {self.number} of {self.total}</strong>: {text}</p>"


@dataclass(frozen=True, slots=True)
class Solution:
    """The reference answer of an exercise, shown as highlighted code."""

    source: str

    def __repr__(self) -> str:
        return self.source

    def _repr_markdown_(self) -> str:
        return f"```python\n{self.source}\n```"


@dataclass
class Desk:
    """Checks, hints and solutions for the exercises answered in one namespace.

    With a `progress_file`, what was solved in another kernel is solved here, too.
    """

    namespace: Mapping[str, object]
    library: Callable[[], Iterable[Book]] = books
    context: Context = field(default_factory=Context)
    say: Callable[[str], None] = print
    progress_file: ProgressFile | None = None
    _verdicts: dict[str, Verdict] = field(default_factory=dict)
    _hints_seen: dict[str, int] = field(default_factory=dict)

    def check(self, name: str) -> Verdict:
        """Judges the answer now in the namespace. Never raises for what it finds."""
        exercise = self._find(name)
        verdict = judge(exercise, self.namespace, self.context)
        self._verdicts[name] = verdict
        if self.progress_file is not None:
            self.progress_file.save(name, verdict.state)
        return verdict

    def hint(self, name: str) -> Hint:
        """The next hint; the last one again when there are no more."""
        hints = self._find(name).hints
        number = min(self._hints_seen.get(name, 0) + 1, len(hints))
        self._hints_seen[name] = number
        return Hint(number, len(hints), hints[number - 1])

    def solution(self, name: str) -> Solution:
        """The reference answer."""
        return Solution(self._find(name).solution.strip())

    def use(self, name: str) -> Any:
        """The student's answer if it is solved, else the reference; says which.

        One value, or a tuple when the exercise has several answers. The student's own
        variables stay as they are.
        """
        exercise = self._find(name)
        names = " and ".join(exercise.answer)
        if judge(exercise, self.namespace, self.context).state is State.SOLVED:
            self.say(f"using your {names}")
            return _answers(exercise, self.namespace)
        self.say(f"using the reference {names} (exercise {name!r} is not solved yet)")
        return _answers(exercise, reference(exercise, self.namespace))

    def others(self, name: str) -> Gallery | Verdict:
        """What three classmates answered, once the exercise is solved."""
        exercise = self._find(name)
        state = self._states().get(name, State.TO_DO)
        if state is State.SOLVED:
            return gallery_of(exercise)
        first = "Solve it first: then you see here what three classmates wrote."
        return Verdict(name, state, f"{exercise.title}. {first}")

    def progress(self) -> Progress:
        """The exercises of every notebook checked here, or of all before any check."""
        books = list(self.library())
        begun = [book for book in books if any(n in book for n in self._verdicts)]
        return page_progress(begun or books, self._states())

    def course_progress(self) -> CourseProgress:
        """How many exercises of each page of the course are solved."""
        return course_progress(self.library(), self._states())

    def _states(self) -> Mapping[str, State]:
        """Name → state, of what was checked here or is in the progress file."""
        saved = self.progress_file.states() if self.progress_file else {}
        here = {name: verdict.state for name, verdict in self._verdicts.items()}
        return {name: better(saved.get(name), here.get(name)) for name in saved | here}

    def _find(self, name: str) -> Exercise:
        known: list[str] = []
        for book in self.library():
            if name in book:
                return book[name]
            known += [exercise.name for exercise in book.exercises]
        near = get_close_matches(name, known, n=1)
        suggestion = f"; is it {near[0]!r}?" if near else ""
        raise LookupError(f"no exercise is called {name!r}{suggestion}")


class _Page(dict[str, object]):
    """The names of a page; one that is missing is a cell that has not run."""

    def __missing__(self, name: str) -> object:
        raise Miss(
            f"there is no {name!r} in this kernel; run the cells above this one first"
        )


def judge(
    exercise: Exercise, namespace: Mapping[str, object], context: Context
) -> Verdict:
    """The verdict on the answer now in the namespace, which leaves nothing behind."""
    if any(untouched(namespace.get(name, ...)) for name in exercise.answer):
        todo = f"{exercise.title}. Replace each ... and run this cell again."
        return Verdict(exercise.name, State.TO_DO, todo)
    try:
        isolated(lambda: exercise.check(_Page(namespace), context))
    except Miss as miss:
        return Verdict(exercise.name, State.NOT_YET, str(miss))
    except Exception as error:  # noqa: BLE001 - whatever it raises is the finding
        return Verdict(exercise.name, State.NOT_YET, _blame(error, namespace))
    return Verdict(exercise.name, State.SOLVED, f"{exercise.title}. {exercise.lesson}")


def reference(exercise: Exercise, namespace: Mapping[str, object]) -> dict[str, object]:
    """A copy of the namespace in which the reference solution has run."""
    copy = dict(namespace)
    code = compile(exercise.solution, f"<reference {exercise.name}>", "exec")
    exec(code, copy)
    return copy


def _answers(exercise: Exercise, namespace: Mapping[str, object]) -> object:
    values = tuple(namespace[name] for name in exercise.answer)
    return values[0] if len(values) == 1 else values


def _blame(error: Exception, namespace: Mapping[str, object]) -> str:
    """Says whether the student's code raised, or only their value did not fit."""
    description = f"{type(error).__name__}: {error}".removesuffix(": ")
    if _passes_through(error.__traceback__, namespace):
        return f"your code raised {description}"
    return f"looking at your answer raised {description}; is it of the kind asked for?"


def _passes_through(
    traceback: TracebackType | None, namespace: Mapping[str, object]
) -> bool:
    while traceback is not None:
        if traceback.tb_frame.f_globals is namespace:
            return True
        traceback = traceback.tb_next
    return False
