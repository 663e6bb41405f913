"""Progress in the whole course: how many exercises of each page are solved."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lab_helpers.exercises.catalog import Book
from lab_helpers.exercises.verdict import Progress, State

_HEADS = ("page", *State)


@dataclass(frozen=True, slots=True)
class PageProgress:
    """Progress on one page: its name, and how many exercises are in each state."""

    page: str
    counts: Mapping[State, int]

    @property
    def cells(self) -> tuple[str, ...]:
        """The page's row of a table: its name and the three numbers."""
        return (self.page, *(str(self.counts.get(state, 0)) for state in State))


@dataclass(frozen=True, slots=True)
class CourseProgress:
    """Progress on all pages of the course, in their order."""

    pages: Sequence[PageProgress]

    @property
    def solved(self) -> int:
        """The number of exercises solved."""
        return sum(page.counts.get(State.SOLVED, 0) for page in self.pages)

    @property
    def total(self) -> int:
        """The number of exercises."""
        return sum(sum(page.counts.values()) for page in self.pages)

    def __repr__(self) -> str:
        rows = [_HEADS, *(page.cells for page in self.pages)]
        width = max(len(row[0]) for row in rows)
        lines = [
            f"  {name:<{width}}" + "".join(f"{cell:>9}" for cell in cells)
            for name, *cells in rows
        ]
        return "\n".join([self._summary(), *lines])

    def _repr_html_(self) -> str:
        left = 'style="text-align: left"'
        head = "".join(f'<th scope="col" {left}>{name}</th>' for name in _HEADS)
        rows = "".join(
            f'<tr><th scope="row" {left}>{html.escape(name)}</th>'
            + "".join(f"<td>{cell}</td>" for cell in cells)
            + "</tr>"
            for name, *cells in (page.cells for page in self.pages)
        )
        return f"<p>{self._summary()}</p><table><tr>{head}</tr>{rows}</table>"

    def _summary(self) -> str:
        return f"{self.solved} of {self.total} exercises of the course solved"


def page_progress(books: Iterable[Book], states: Mapping[str, State]) -> Progress:
    """The progress on each exercise of these books; without a state it is *to do*."""
    return Progress(
        [
            (
                book.notebook.partition("_")[0],
                exercise.title,
                states.get(exercise.name, State.TO_DO),
            )
            for book in books
            for exercise in book.exercises
        ]
    )


def course_progress(
    library: Iterable[Book], states: Mapping[str, State]
) -> CourseProgress:
    """The progress on these books; an exercise without a state is *to do*."""
    return CourseProgress(
        [
            PageProgress(
                book.notebook.removesuffix(".ipynb"),
                Counter(states.get(e.name, State.TO_DO) for e in book.exercises),
            )
            for book in library
        ]
    )
