"""What RQL refuses a query with."""

from lab_emulators.lang.source import LocatedError


class RqlError(LocatedError):
    """A query that cannot be run: a sentence and the characters it is about.

    The wording is ours: Rollbar publishes none.
    """
