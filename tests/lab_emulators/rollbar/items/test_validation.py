"""What the `data` of a payload must be; what is wrong is named by its path."""

import pytest

from lab_emulators.rollbar.errors import RollbarError
from lab_emulators.rollbar.items.validation import validate

FRAME = {"filename": "x.py", "lineno": 1, "colno": None, "method": None, "code": "x"}
TRACE = {"frames": [FRAME], "exception": {"class": "E", "message": None}}
MESSAGE = {"message": {"body": "m"}}
BODIES = [
    {"trace": TRACE},
    {"trace": {**TRACE, "frames": []}},
    {"trace_chain": [TRACE, TRACE]},
    MESSAGE,
    {"message": {"body": "", "extra": [1]}},
    {"crash_report": {"raw": "r"}},
    {**MESSAGE, "telemetry": [{"level": "info"}], "trace": None},
]


def data_of(body=MESSAGE, **fields):
    return {"environment": "lab", "body": body, **fields}


def trace_with(**changes):
    return data_of({"trace": {**TRACE, **changes}})


def frame_with(**changes):
    return trace_with(frames=[FRAME, {**FRAME, **changes}])


@pytest.mark.parametrize("body", BODIES)
def test_each_kind_of_body_is_taken(body):
    assert validate(data_of(body))["body"] == body


@pytest.mark.parametrize(
    "fields",
    [
        {"level": "critical"},
        {"level": None},
        {"timestamp": 1767225600},
        {"timestamp": 1767225600.25},
        {"person": {"id": "x" * 40, "username": "u" * 255}},
        {"person": {"id": 117}},
        {"code_version": "c" * 40},
        {"uuid": "u" * 36},
        {"title": "t" * 255},
        {"environment": "e" * 255},
        {"fingerprint": "f" * 500},
        {"anything": {"else": [1]}},
        {"request": None, "custom": {}, "server": {"host": 7}},
    ],
)
def test_what_is_within_the_published_limits_is_taken(fields):
    assert validate(data_of(**fields))


@pytest.mark.parametrize(
    ("data", "path"),
    [
        (None, "data"),
        ("x", "data"),
        ({"body": MESSAGE}, "data.environment"),
        (data_of(environment=7), "data.environment"),
        (data_of(environment="e" * 256), "data.environment"),
        ({"environment": "lab"}, "data.body"),
        (data_of("x"), "data.body"),
        (data_of({}), "data.body"),
        (data_of({"trace": TRACE, **MESSAGE}), "data.body"),
        (data_of({**MESSAGE, "telemetry": {}}), "data.body.telemetry"),
        (data_of({"message": "m"}), "data.body.message"),
        (data_of({"message": {}}), "data.body.message.body"),
        (data_of({"message": {"body": 7}}), "data.body.message.body"),
        (data_of({"crash_report": {}}), "data.body.crash_report.raw"),
        (data_of({"trace": []}), "data.body.trace"),
        (data_of({"trace_chain": []}), "data.body.trace_chain"),
        (data_of({"trace_chain": TRACE}), "data.body.trace_chain"),
        (data_of({"trace_chain": [TRACE, {}]}), "data.body.trace_chain[1].frames"),
        (trace_with(frames=None), "data.body.trace.frames"),
        (trace_with(frames=[7]), "data.body.trace.frames[0]"),
        (trace_with(exception=None), "data.body.trace.exception"),
        (trace_with(exception={}), "data.body.trace.exception.class"),
        (
            trace_with(exception={"class": "E", "message": 7}),
            "data.body.trace.exception.message",
        ),
        (frame_with(filename=None), "data.body.trace.frames[1].filename"),
        (frame_with(lineno="7"), "data.body.trace.frames[1].lineno"),
        (frame_with(colno=True), "data.body.trace.frames[1].colno"),
        (frame_with(method=7), "data.body.trace.frames[1].method"),
        (data_of(level="fatal"), "data.level"),
        (data_of(level=40), "data.level"),
        (data_of(level=["error"]), "data.level"),
        (data_of(timestamp="now"), "data.timestamp"),
        (data_of(timestamp=-1), "data.timestamp"),
        (data_of(timestamp=10**12), "data.timestamp"),
        (data_of(timestamp=True), "data.timestamp"),
        (data_of(code_version="c" * 41), "data.code_version"),
        (data_of(context={}), "data.context"),
        (data_of(title="t" * 256), "data.title"),
        (data_of(uuid="u" * 37), "data.uuid"),
        (data_of(fingerprint=7), "data.fingerprint"),
        (data_of(custom=[]), "data.custom"),
        (data_of(notifier="x"), "data.notifier"),
        (data_of(person={}), "data.person.id"),
        (data_of(person={"id": "x" * 41}), "data.person.id"),
        (data_of(person={"id": 1.5}), "data.person.id"),
        (data_of(person={"id": True}), "data.person.id"),
        (data_of(person={"id": "1", "email": 7}), "data.person.email"),
    ],
)
def test_what_is_wrong_is_named_by_its_path(data, path):
    with pytest.raises(RollbarError) as refusal:
        validate(data)
    assert refusal.value.status == 422
    assert refusal.value.message.startswith(f"Invalid format. {path} ")


def test_a_body_of_two_kinds_is_refused_in_rollbars_words():
    with pytest.raises(RollbarError) as refusal:
        validate(data_of({"trace": TRACE, **MESSAGE}))
    assert refusal.value.message == (
        "Invalid format. data.body must have either a 'trace', 'trace_chain', 'message'"
        " or 'crash_report' property, (but not more than one)."
    )
