"""Positions in the text of a query, and the error that names one."""

from typing import NamedTuple


class Span(NamedTuple):
    """The characters of a node: from `start` up to, not including, `end`."""

    start: int
    end: int


NOWHERE = Span(0, 0)


class Position(NamedTuple):
    """The line and column of a character, counted from 1 as editors do."""

    line: int
    column: int


def position_of(text: str, offset: int) -> Position:
    """The line and column of the character at `offset`."""
    before = text[:offset]
    return Position(before.count("\n") + 1, offset - before.rfind("\n"))


class QueryError(ValueError):
    """A query that its language refuses: a sentence and the characters it is about.

    Each vendor words the position in its own way: see `LocatedError`.
    """

    def __init__(self, message: str, span: Span = NOWHERE) -> None:
        super().__init__(message)
        self.message = message
        self.span = span


class LocatedError(QueryError):
    """A `QueryError` whose sentence ends with the position, worded as `FORM` has it.

    `start` and `end` are offsets into the text; `line`, `column` and the `position`
    of `FORM` count from 1.
    """

    FORM = "line {line}, column {column}"

    def __init__(self, message: str, text: str, span: Span) -> None:
        super().__init__(message, span)
        self.start, self.end = span
        self.line, self.column = position_of(text, span.start)
        where = self.FORM.format(
            line=self.line, column=self.column, position=self.start + 1
        )
        self.args = (f"{message} at {where}",)
