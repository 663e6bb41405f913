"""Gallery of an exercise: what three classmates wrote, and which of it is right.

The classmates are its tested answers: a right one, the reference or another, among two
wrong ones. Which, and in what order, follows from the exercise's name alone.
"""

from __future__ import annotations

import html
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from lab_helpers.exercises.catalog import Exercise

LETTERS = "ABC"
QUESTION = "Three classmates wrote this. Which are wrong, and what would the check say?"
_LINE = "-" * 60


@dataclass(frozen=True, slots=True)
class ClassmateAnswer:
    """One answer: its source, and what is to be known of it."""

    source: str
    comment: str


@dataclass(frozen=True, slots=True)
class Gallery:
    """Answers of classmates to one exercise, with the comments on them folded away.

    In a notebook a click unfolds the comments; as text they follow below a line.
    """

    title: str
    answers: Sequence[ClassmateAnswer]

    def __repr__(self) -> str:
        answers = (
            f"{letter}\n{textwrap.indent(answer.source, '    ')}"
            for letter, answer in self._lettered()
        )
        comments = (f"{letter} {answer.comment}" for letter, answer in self._lettered())
        head = f"{self.title}. {QUESTION}"
        return "\n".join(["\n\n".join([head, *answers]), "", _LINE, *comments])

    def _repr_html_(self) -> str:
        answers = "".join(
            f"<p><strong>{letter}</strong></p><pre>{_text(answer.source)}</pre>"
            for letter, answer in self._lettered()
        )
        comments = "".join(
            f"<p><strong>{letter}</strong> {_text(answer.comment)}</p>"
            for letter, answer in self._lettered()
        )
        return (
            f"<p><strong>{_text(self.title)}</strong>. {QUESTION}</p>{answers}"
            f"<details><summary>Answer</summary>{comments}</details>"
        )

    def _lettered(self) -> Iterator[tuple[str, ClassmateAnswer]]:
        return zip(LETTERS, self.answers, strict=False)


def gallery_of(exercise: Exercise) -> Gallery:
    """The gallery of an exercise: the same three answers each time."""
    chance = Random(exercise.name)
    wrong = chance.sample(sorted(exercise.wrong), min(2, len(exercise.wrong)))
    answers = [_wrong(exercise, name) for name in wrong] + [_right(exercise, chance)]
    chance.shuffle(answers)
    return Gallery(exercise.title, answers)


def _wrong(exercise: Exercise, name: str) -> ClassmateAnswer:
    answer = exercise.wrong[name]
    comment = f"is wrong ({name}). The check says: … {answer.says}"
    return ClassmateAnswer(answer.source.strip(), comment)


def _right(exercise: Exercise, chance: Random) -> ClassmateAnswer:
    """Another right answer where there is one: the reference is known by now."""
    if not exercise.right:
        comment = f"is right. {exercise.lesson}"
        return ClassmateAnswer(exercise.solution.strip(), comment)
    name = chance.choice(sorted(exercise.right))
    comment = f"is right, too ({name}). {exercise.lesson}"
    return ClassmateAnswer(exercise.right[name].strip(), comment)


def _text(text: str) -> str:
    return html.escape(text, quote=False)
