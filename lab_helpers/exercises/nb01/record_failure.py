"""Exercise: record a failure that is handled."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import StatusCode

from lab_helpers.exercises.catalog import (
    Exercise,
    Namespace,
    Wrong,
    function_in,
    instead,
)
from lab_helpers.exercises.checking.in_memory import Recorded
from lab_helpers.exercises.checking.values import described
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss

Deliver = Callable[[], None]
SendMessage = Callable[[trace.Tracer, Deliver], object]


class _LogLines(logging.Handler):
    """Log lines about an exception: its message, and the span current on that line."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, int]] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[1] is not None:
            span_id = trace.get_current_span().get_span_context().span_id
            self.seen.append((str(record.exc_info[1]), span_id))


@contextmanager
def _log_lines() -> Iterator[_LogLines]:
    lines, root = _LogLines(), logging.getLogger()
    root.addHandler(lines)
    try:
        yield lines
    finally:
        root.removeHandler(lines)


def check(ns: Namespace, context: Context) -> None:
    """A failed delivery, one that works, and two exceptions that are no failed one."""
    send_message: SendMessage = function_in(ns, "send_message")
    _expect_failure_recorded(send_message, context.fresh_id())
    _expect_success(send_message)
    for error in (ValueError("no such person"), PermissionError("mail.log")):
        _expect_passed_on(send_message, error)


def _raising(error: Exception) -> Deliver:
    def deliver() -> None:
        raise error

    return deliver


def _expect_failure_recorded(send_message: SendMessage, reason: str) -> None:
    # A subclass, as real connections raise; `except ConnectionError` catches it too.
    run, error = Recorded(), ConnectionRefusedError(reason)
    with _log_lines() as lines:
        try:
            result = send_message(run.tracer, _raising(error))
        except ConnectionError:
            raise Miss(
                "the ConnectionError left send_message; it should return False"
            ) from None
    if result is not False:
        raise Miss(
            f"after a failed delivery it returned {described(result)}; False is right"
        )
    _expect_failure(run.span("send message"), reason, lines)


def _expect_failure(span: ReadableSpan, reason: str, lines: _LogLines) -> None:
    messages = [
        (event.attributes or {}).get("exception.message") for event in span.events
    ]
    span_id = span.context.span_id if span.context else None
    logged = any(text == reason for text, _ in lines.seen)
    recorded = reason in messages or (reason, span_id) in lines.seen
    marked = span.status.status_code is StatusCode.ERROR
    if logged and not recorded:
        raise Miss(
            "the exception was logged on a line where 'send message' was not the "
            "current span, so nothing ties that line to it"
        )
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


def _expect_success(send_message: SendMessage) -> None:
    run = Recorded()
    result = send_message(run.tracer, lambda: None)
    if result is not True:
        raise Miss(
            f"after a delivery that worked it returned {described(result)}; True is "
            "right"
        )
    if run.span("send message").status.status_code is StatusCode.ERROR:
        raise Miss("a delivery that works is marked as an error too")


def _expect_passed_on(send_message: SendMessage, error: Exception) -> None:
    try:
        result = send_message(Recorded().tracer, _raising(error))
    except type(error):
        return
    raise Miss(
        f"deliver() raised {type(error).__name__}, which is no failed delivery, and "
        f"send_message hid it and returned {described(result)}; only ConnectionError "
        "is for you to handle"
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
        "The with block only sees exceptions that leave it. In the except block, two "
        "things are yours to say: what happened, and that it counts as a failure.",
        "span.record_exception(error) adds the event, "
        "span.set_status(StatusCode.ERROR, ...) marks the span. Catch ConnectionError "
        "and nothing wider.",
        "except ConnectionError as error: span.record_exception(error), then "
        'span.set_status(StatusCode.ERROR, "delivery failed"), then return False.',
    ),
    solution=FAILURE,
    lesson="The event says what happened, the status says that it was a failure.",
    right={
        "lets it leave the with block, and catches it there": """
def send_message(tracer, deliver):
    try:
        with tracer.start_as_current_span("send message"):
            deliver()
    except ConnectionError:
        return False
    return True
""",
        "a Status, and the current span": """
def send_message(tracer, deliver):
    with tracer.start_as_current_span("send message"):
        try:
            deliver()
        except ConnectionError as error:
            span = trace.get_current_span()
            span.set_status(trace.Status(StatusCode.ERROR))
            span.record_exception(error)
            return False
        else:
            return True
""",
        "an event written by hand": instead(
            FAILURE,
            (
                "span.record_exception(error)",
                'span.add_event("exception", {"exception.message": str(error)})',
            ),
        ),
        "a log line in place of the event": instead(
            FAILURE,
            ("def send", "import logging\n\n\ndef send"),
            ("span.record_exception(error)", 'logging.exception("not delivered")'),
            (" as error", ""),
        ),
    },
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
        "logs it after the span": Wrong(
            """
import logging


def send_message(tracer, deliver):
    with tracer.start_as_current_span("send message") as span:
        try:
            deliver()
            return True
        except ConnectionError as error:
            failure = error
            span.set_status(StatusCode.ERROR)
    logging.error("not delivered", exc_info=failure)
    return False
""",
            "logged on a line where 'send message' was not the current span",
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
        "says nothing of a failure": Wrong(
            instead(FAILURE, ("return False", "return")),
            "after a failed delivery it returned None; False is right",
        ),
        "returns what deliver returns": Wrong(
            instead(FAILURE, ("return True", "return deliver()")),
            "after a delivery that worked it returned None; True is right",
        ),
        "an error in any case": Wrong(
            """
def send_message(tracer, deliver):
    with tracer.start_as_current_span("send message") as span:
        span.set_status(StatusCode.ERROR)
        try:
            deliver()
        except ConnectionError as error:
            span.record_exception(error)
            return False
        return True
""",
            "a delivery that works is marked as an error too",
        ),
        "catches everything": Wrong(
            instead(FAILURE, ("except ConnectionError", "except BaseException")),
            "deliver() raised ValueError, which is no failed delivery",
        ),
        "catches every error of the system": Wrong(
            instead(FAILURE, ("except ConnectionError", "except OSError")),
            "deliver() raised PermissionError, which is no failed delivery",
        ),
    },
)
