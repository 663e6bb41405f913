"""Errors of the clients, a class and a timeout class for each vendor."""

from typing import Self

from lab_helpers.errors import SentenceError


class VendorError(SentenceError):
    """A call that failed: its name, the status, the service's own words, what to try.

    `status` is None when no answer came, or when the answer was not a refusal.
    """

    def __init__(
        self, call: str, status: int | None, message: str, advice: str = ""
    ) -> None:
        self.call = call
        self.status = status
        self.message = message
        self.advice = advice
        answered = f" answered {status}" if status else ""
        sentence = f"{call}{answered}: {message}"
        super().__init__(f"{sentence}\n{advice}" if advice else sentence)

    def advised(self, advice: str) -> Self:
        """Returns the same error with other advice."""
        return type(self)(self.call, self.status, self.message, advice)


class HoneycombError(VendorError):
    """A call to Honeycomb that failed."""


class HoneycombPlanError(HoneycombError):
    """A query that Honeycomb refuses to run, as it does without the Enterprise plan."""


class HoneycombTimeoutError(HoneycombError):
    """The deadline passed before the answer, or the data, was there."""


class XRayError(VendorError):
    """A call to X-Ray that failed; `message` begins with the code AWS gives it."""


class XRayTimeoutError(XRayError):
    """The deadline passed before the traces were there."""


class CloudWatchError(VendorError):
    """A call to CloudWatch that failed; `message` begins with the code AWS gives it."""


class CloudWatchTimeoutError(CloudWatchError):
    """The deadline passed before the answer, or the data, was there."""


class RollbarError(VendorError):
    """A call to Rollbar that failed."""


class RollbarTimeoutError(RollbarError):
    """The deadline passed before the answer, or the data, was there."""
