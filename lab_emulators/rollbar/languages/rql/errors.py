"""What is wrong with a query, and where."""

from lab_emulators.rollbar.languages.rql.nodes import Span


class Misplaced(ValueError):  # noqa: N818 - a finding, not yet the caller's error
    """What is wrong with the characters of `span`."""

    def __init__(self, message: str, span: Span) -> None:
        super().__init__(message)
        self.message = message
        self.span = span


class RqlError(ValueError):
    """A query that cannot be run: a sentence and the characters it is about.

    `line` and `column` count from 1, `start` and `end` are offsets into the text. The
    wording is ours: Rollbar publishes none.
    """

    def __init__(self, message: str, text: str, span: Span) -> None:
        before = text[: span.start]
        self.message = message
        self.start, self.end = span
        self.line = before.count("\n") + 1
        self.column = self.start - (before.rfind("\n") + 1) + 1
        super().__init__(f"{message} at line {self.line}, column {self.column}")
