"""Exercise: record a failure that is handled."""

from __future__ import annotations

from opentelemetry.trace import StatusCode

from lab_helpers.exercises.catalog import (
    Exercise,
    Namespace,
    Wrong,
    function_in,
    instead,
)
from lab_helpers.exercises.checking.in_memory import Recorded
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss


def check(ns: Namespace, context: Context) -> None:
    send_message = function_in(ns, "send_message")
    reason, failed, fine = context.fresh_id(), Recorded(), Recorded()

    def refuse() -> None:
        raise ConnectionError(reason)

    try:
        result = send_message(failed.tracer, refuse)
    except ConnectionError:
        raise Miss(
            "the ConnectionError left send_message; it should return False"
        ) from None
    if result is not False:
        raise Miss(f"a failed delivery should return False; it returned {result!r}")
    _expect_failure(failed, reason)
    if send_message(fine.tracer, lambda: None) is not True:
        raise Miss("a delivery that works should return True")
    if fine.span("send message").status.status_code is StatusCode.ERROR:
        raise Miss("a delivery that works is marked as an error too")


def _expect_failure(run: Recorded, reason: str) -> None:
    span = run.span("send message")
    event_attributes = [dict(event.attributes or {}) for event in span.events]
    recorded = any(
        event.get("exception.message") == reason for event in event_attributes
    )
    marked = span.status.status_code is StatusCode.ERROR
    if not recorded and not marked:
        raise Miss(
            "the delivery failed and nothing on the span says so; an exception that "
            "your code handles never leaves the with block"
        )
    if not marked:
        raise Miss(
            "the exception is recorded, but the span's status is "
            f"{span.status.status_code.name}; an event alone does not make an error"
        )
    if not recorded:
        raise Miss(
            "the span is an error, but has no event that says which exception it was; "
            "look at record_exception"
        )


FAILURE = '''
def send_message(tracer, deliver):
    """Call deliver() in a span; True if it worked, False if it did not."""
    with tracer.start_as_current_span("send message") as span:
        try:
            deliver()
        except ConnectionError as error:
            span.record_exception(error)
            span.set_status(StatusCode.ERROR, "delivery failed")
            return False
        return True
'''

EXERCISE = Exercise(
    name="record_failure",
    title="Record a failure that your code handles",
    answer=("send_message",),
    check=check,
    hints=(
        "The with block only sees exceptions that leave it. In the except block, the "
        "span has to be told twice: what happened, and that it counts as a failure.",
        "span.record_exception(error) adds the event, "
        "span.set_status(StatusCode.ERROR, ...) marks the span.",
    ),
    solution=FAILURE,
    lesson="The event says what happened, the status says that it was a failure.",
    wrong={
        "swallows it": Wrong(
            """
def send_message(tracer, deliver):
    with tracer.start_as_current_span("send message"):
        try:
            deliver()
        except ConnectionError:
            return False
        return True
""",
            "nothing on the span says so",
        ),
        "only records the exception": Wrong(
            instead(
                FAILURE,
                ('span.set_status(StatusCode.ERROR, "delivery failed")', "pass"),
            ),
            "the exception is recorded, but the span's status is UNSET",
        ),
        "only sets the status": Wrong(
            instead(FAILURE, ("span.record_exception(error)", "pass")),
            "no event that says which exception",
        ),
        "lets it out": Wrong(
            """
def send_message(tracer, deliver):
    with tracer.start_as_current_span("send message"):
        deliver()
        return True
""",
            "the ConnectionError left send_message",
        ),
    },
)
