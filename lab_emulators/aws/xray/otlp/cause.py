"""`error`, `fault`, `throttle` and `cause` of a segment."""

import hashlib
import re
from collections.abc import Iterator

from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from lab_emulators.aws.otlp.values import Attributes, attributes_of, filled, text, whole
from lab_emulators.aws.xray.otlp.http import STATUS

_REMOTE_KINDS = (Span.SPAN_KIND_CLIENT, Span.SPAN_KIND_PRODUCER)
_FRAME = re.compile(r'^\s+File "(.+)", line (\d{1,9}), in (.+)$', re.MULTILINE)
_CHAIN = re.compile(
    r"\n+(?:During handling of the above exception, another exception occurred"
    r"|The above exception was the direct cause of the following exception):\n+"
)


def outcome_of(span: Span, attributes: Attributes) -> Attributes:
    """The flags among `error`, `throttle` and `fault` that are true.

    The HTTP status decides where it is 4xx or 5xx, else the span's own.
    """
    known = (whole(attributes[name]) for name in STATUS if name in attributes)
    status = next(known, None) or 0
    if 400 <= status < 500:
        return {"error": True} | ({"throttle": True} if status == 429 else {})
    if 500 <= status < 600 or span.status.code == Status.STATUS_CODE_ERROR:
        return {"fault": True}
    return {}


def cause_of(span: Span, language: str) -> Attributes:
    """The `cause` block: recorded exceptions, else an error status' description.

    Stacks are read for Python; other languages have type and message only.
    """
    remote = span.kind in _REMOTE_KINDS
    exceptions: list[Attributes] = []
    for index, event in enumerate(span.events):
        if event.name == "exception":
            chain = _chain(attributes_of(event.attributes), language)
            exceptions += _linked(chain, (span, index), remote=remote)
    failed = span.status.code == Status.STATUS_CODE_ERROR
    if not exceptions and failed and span.status.message:
        message = {"message": span.status.message}
        exceptions = list(_linked([message], (span, -1), remote=remote))
    return {"exceptions": exceptions} if exceptions else {}


def derived_id(span: Span, purpose: str) -> str:
    """Id of sixteen hex digits, the same whenever the same span is sent again."""
    seed = span.trace_id + span.span_id + purpose.encode()
    return hashlib.sha256(seed).hexdigest()[:16]


def _chain(event: Attributes, language: str) -> list[Attributes]:
    """The exception of an event, then what caused it, step by step."""
    top = {
        "type": text(event.get("exception.type")),
        "message": text(event.get("exception.message")),
    }
    if language != "python":
        return [top]
    *causes, last = _CHAIN.split(text(event.get("exception.stacktrace")))
    chain = [top | {"stack": _stack(last)}]
    for block in reversed(causes):
        chain.append({**_headline(block), "stack": _stack(block)})
    return chain


def _linked(
    chain: list[Attributes], origin: tuple[Span, int], *, remote: bool
) -> Iterator[Attributes]:
    span, event = origin
    ids = [derived_id(span, f"exception {event} {step}") for step in range(len(chain))]
    for step, exception in enumerate(chain):
        cause = ids[step + 1] if step + 1 < len(ids) else None
        yield filled(
            {"id": ids[step], **exception, "remote": remote or None, "cause": cause}
        )


def _headline(block: str) -> Attributes:
    """Type and message from the first line after the frames of a traceback."""
    frames = list(_FRAME.finditer(block))
    rest = block[frames[-1].end() :] if frames else block
    plain = [line for line in rest.splitlines() if line and not line.startswith(" ")]
    kind, _, message = "\n".join(plain).partition(": ")
    return {"type": kind, "message": message}


def _stack(block: str) -> list[Attributes]:
    """Frames, the innermost first, as X-Ray lists them."""
    frames = [
        {"path": frame[1], "line": int(frame[2]), "label": frame[3]}
        for frame in _FRAME.finditer(block)
    ]
    return frames[::-1]
