"""What is wrong with a query, and where."""

from lab_emulators.aws.languages.insights.nodes import Span


class Misplaced(ValueError):  # noqa: N818 - a finding, not yet the caller's error
    """What is wrong with the characters of `span`."""

    def __init__(self, message: str, span: Span) -> None:
        super().__init__(message)
        self.message = message
        self.span = span


class MalformedQuery(ValueError):  # noqa: N818 - AWS's own name
    """A query that cannot be run: a sentence and the characters it is about.

    `line` and `column` count from 1; `start` and `end` are offsets into the text, the
    `startCharOffset` and `endCharOffset` of MalformedQueryException's location.
    """

    def __init__(self, message: str, text: str, span: Span) -> None:
        before = text[: span.start]
        self.message = message
        self.start, self.end = span
        self.line = before.count("\n") + 1
        self.column = self.start - (before.rfind("\n") + 1) + 1
        super().__init__(f"{message} at line {self.line} and position {self.column}")
