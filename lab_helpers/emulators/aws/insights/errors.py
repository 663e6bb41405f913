"""What is wrong with a query, and where."""

from bisect import bisect_right
from itertools import accumulate

from lab_helpers.emulators.aws.insights.tree import Span


class MalformedQuery(ValueError):  # noqa: N818 - AWS's own name
    """A query that cannot be run: a sentence and the characters it is about.

    `line` and `column` count from 1, `start` and `end` are offsets into the text, the
    members of MalformedQueryException's `queryCompileError.location`.
    """

    def __init__(self, message: str, text: str, span: Span) -> None:
        starts = list(accumulate(map(len, text.splitlines(keepends=True)), initial=0))
        self.message = message
        self.start, self.end = span
        self.line = max(bisect_right(starts, self.start), 1)
        self.column = self.start - starts[self.line - 1] + 1
        super().__init__(f"{message} (line {self.line}, column {self.column})")
