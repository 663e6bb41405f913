"""The student's desk: one namespace, what was checked in it, which hints were seen."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, TypeVar

from lab_helpers.errors import SentenceError
from lab_helpers.exercises.catalog import Book, Exercise, books
from lab_helpers.exercises.cell import calling_cell, renamed
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.course_progress import (
    CourseProgress,
    course_progress,
    page_progress,
)
from lab_helpers.exercises.gallery import Gallery, gallery_of
from lab_helpers.exercises.isolation import isolated
from lab_helpers.exercises.progress_file import ProgressFile, better
from lab_helpers.exercises.reasons import (
    closed_handler,
    interruption,
    missing_return,
    reason,
)
from lab_helpers.exercises.stopwatch import LONG_S, timed
from lab_helpers.exercises.stubs import is_empty, untouched, value_returned
from lab_helpers.exercises.verdict import Miss, Progress, State, Verdict

T = TypeVar("T")

Judge = Callable[[Exercise, Mapping[str, object], Context], Verdict]


class StoppedError(SentenceError):
    """An interrupt while an answer was tried that the cell wanted to use."""


class UnknownExerciseError(SentenceError, LookupError):
    """A name that no exercise has, and the one that may be meant."""


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

    `show` displays a hint, a solution or a verdict whose cell would not show it.
    A check that runs for longer than `long_s` says so while it runs.
    With a `progress_file`, what was solved in another kernel is solved here, too.
    """

    namespace: Mapping[str, object]
    library: Callable[[], Iterable[Book]] = books
    context: Context = field(default_factory=Context)
    say: Callable[[str], None] = print
    show: Callable[[object], None] | None = None
    long_s: float = LONG_S
    progress_file: ProgressFile | None = None
    _verdicts: dict[str, Verdict] = field(default_factory=dict)
    _hints_seen: dict[str, int] = field(default_factory=dict)

    def check(self, name: str) -> Verdict:
        """Judges the answer now in the namespace. Never raises for what it finds.

        An answer of an older cell is not judged when the cell that calls has bound its
        own under another name.
        """
        exercise = self._find(name)
        cell = calling_cell(self.namespace)
        if cell and (words := renamed(exercise, cell.source)):
            verdict = Verdict(name, State.NOT_YET, words)
        else:
            verdict = self._judge(exercise)
        self._verdicts[name] = verdict
        if self.progress_file is not None:
            self.progress_file.save(name, verdict.state)
        return self._shown(verdict)

    def hint(self, name: str) -> Hint:
        """The next hint; the last one again when there are no more."""
        hints = self._find(name).hints
        number = min(self._hints_seen.get(name, 0) + 1, len(hints))
        self._hints_seen[name] = number
        return self._shown(Hint(number, len(hints), hints[number - 1]))

    def solution(self, name: str) -> Solution:
        """The reference answer."""
        return self._shown(Solution(self._find(name).solution.strip()))

    def use(self, name: str) -> Any:
        """The student's answer if it is solved, else the reference; says which.

        One value, or a tuple when the exercise has several answers. The student's own
        variables stay as they are. StoppedError if it is interrupted.
        """
        exercise = self._find(name)
        names = " and ".join(exercise.answer)
        try:
            verdict = self._judge(exercise, judge_to_the_end)
        except KeyboardInterrupt as stopped:
            words = interruption(stopped, self.namespace)
            raise StoppedError(f"nothing is used: {words}") from stopped
        if verdict.state is State.SOLVED:
            self.say(f"using your {names}")
            return _answers(exercise, self.namespace)
        self.say(f"using the reference {names} (exercise {name!r} is not solved yet)")
        return _answers(exercise, reference(exercise, self.namespace))

    def others(self, name: str) -> Gallery | Verdict:
        """What three classmates answered, once the exercise is solved."""
        exercise = self._find(name)
        state = self._states().get(name, State.TO_DO)
        if state is State.SOLVED:
            return self._shown(gallery_of(exercise))
        first = "Solve it first: then you see here what three classmates wrote."
        return self._shown(Verdict(name, state, f"{exercise.title}. {first}"))

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
        names = {*saved, *here}
        return {name: better(saved.get(name), here.get(name)) for name in names}

    def _shown(self, value: T) -> T:
        """The value, displayed now unless its cell shows it or does more with it."""
        cell = calling_cell(self.namespace)
        if self.show is not None and cell is not None and not cell.shows_call:
            self.show(value)
        return value

    def _judge(self, exercise: Exercise, by: Judge | None = None) -> Verdict:
        return timed(
            lambda: (by or judge)(exercise, self.namespace, self.context),
            self.namespace,
            self.say,
            long_s=self.long_s,
        )

    def _find(self, name: str) -> Exercise:
        known: list[str] = []
        for book in self.library():
            if name in book:
                return book[name]
            known += [exercise.name for exercise in book.exercises]
        near = get_close_matches(name, known, n=1)
        suggestion = f"; is it {near[0]!r}?" if near else ""
        raise UnknownExerciseError(f"no exercise is called {name!r}{suggestion}")


class _Page(dict[str, object]):
    """The names of a page; one that is missing is a cell that has not run.

    `read` are the names that were looked up.
    """

    def __init__(self, names: Mapping[str, object]) -> None:
        super().__init__(names)
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> object:
        self.read.add(name)
        return super().__getitem__(name)

    def __missing__(self, name: str) -> object:
        raise Miss(
            f"there is no {name!r} in this kernel; run the cells above this one first"
        )


def judge(
    exercise: Exercise, namespace: Mapping[str, object], context: Context
) -> Verdict:
    """The verdict on the answer now in the namespace, which leaves nothing behind."""
    try:
        return judge_to_the_end(exercise, namespace, context)
    except KeyboardInterrupt as stopped:
        words = interruption(stopped, namespace)
    return Verdict(exercise.name, State.NOT_YET, words)


def judge_to_the_end(
    exercise: Exercise, namespace: Mapping[str, object], context: Context
) -> Verdict:
    """The same verdict; KeyboardInterrupt if the student stops it."""
    if todo := _to_do(exercise, namespace):
        return Verdict(exercise.name, State.TO_DO, f"{exercise.title}. {todo}")
    if words := _does_nothing(exercise, namespace):
        return Verdict(exercise.name, State.NOT_YET, words)
    page = _Page(namespace)
    try:
        isolated(lambda: exercise.check(page, context))
    except Miss as miss:
        words = _explained(miss, exercise, page)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever it raises is the finding
        words = reason(error, exercise, namespace)
    else:
        solved = f"{exercise.title}. {exercise.lesson}"
        return Verdict(exercise.name, State.SOLVED, solved)
    return Verdict(exercise.name, State.NOT_YET, words)


def _to_do(exercise: Exercise, namespace: Mapping[str, object]) -> str:
    """What is still to do before an answer can be judged; empty if nothing."""
    for name in exercise.answer:
        if name not in namespace:
            return f"There is no `{name}` in this kernel yet."
    if any(untouched(namespace[name]) for name in exercise.answer):
        return "Replace each ... and run this cell again."
    return ""


def _does_nothing(exercise: Exercise, namespace: Mapping[str, object]) -> str:
    """Says which function of the answer has no body, though the reference has one."""
    for name in exercise.answer:
        if is_empty(namespace[name]):
            returns = value_returned(exercise.solution, name) is not None
            return f"`{name}` {'returns' if returns else 'does'} nothing yet"
    return ""


def _explained(miss: Miss, exercise: Exercise, page: _Page) -> str:
    """The words of a miss, after what may be its cause."""
    words = str(miss)
    globals_read = {
        name: page[name]
        for each in exercise.answer
        for name in getattr(getattr(page[each], "__code__", None), "co_names", ())
        if name in page
    }
    names = {name: page[name] for name in page.read if name in page} | globals_read
    causes = [closed_handler(names)]
    if "return" not in words:
        causes.append(missing_return(exercise, page))
    return ". ".join([*filter(None, causes), words])


def reference(exercise: Exercise, namespace: Mapping[str, object]) -> dict[str, object]:
    """A copy of the namespace in which the reference solution has run."""
    copy = dict(namespace)
    code = compile(exercise.solution, f"<reference {exercise.name}>", "exec")
    exec(code, copy)
    return copy


def _answers(exercise: Exercise, namespace: Mapping[str, object]) -> object:
    values = tuple(namespace[name] for name in exercise.answer)
    return values[0] if len(values) == 1 else values
