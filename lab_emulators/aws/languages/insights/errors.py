"""What Logs Insights refuses a query with."""

from lab_emulators.lang.source import LocatedError


class MalformedQuery(LocatedError):  # noqa: N818 - AWS's own name
    """A query that cannot be run: a sentence and the characters it is about.

    `start` and `end` are the `startCharOffset` and `endCharOffset` of
    MalformedQueryException's location.
    """

    PLACE = "line {line} and position {column}"
