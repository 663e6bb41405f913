"""The check of *bring the key* never shows a key, and objects to one in the code."""

import os

import pytest

from lab_helpers.exercises import Context, Miss
from lab_helpers.exercises.nb02 import bring_the_key

KEY = "aKeyNobodyMaySee000000"


@pytest.fixture(autouse=True)
def key(monkeypatch):
    """The key of this lab, and no span is sent with it."""
    monkeypatch.setenv("HONEYCOMB_API_KEY", KEY)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", f"x-honeycomb-team={KEY}")
    monkeypatch.setattr(bring_the_key, "sent_through", lambda exporter, context: None)


def refusal(headers):
    with pytest.raises(Miss) as miss:
        bring_the_key.check_key({"headers": headers}, Context(patience_s=1))
    return str(miss.value)


@pytest.mark.parametrize(
    ("headers", "says"),
    [
        (lambda: {"x-honeycomb-team": KEY}, "the same key when HONEYCOMB_API_KEY"),
        (lambda: KEY, "headers() returned a str, not a dictionary"),
        (lambda: None, "headers() returned None"),
        (lambda: {"x-honeycomb-team": KEY.encode()}, "is a bytes; it should be a str"),
        (lambda: {"authorization": KEY}, "holds 'authorization'"),
    ],
)
def test_no_refusal_shows_the_key(headers, says):
    said = refusal(headers)
    assert says in said
    assert KEY not in said


def test_a_key_that_is_looked_up_is_accepted_and_the_variables_are_as_before():
    answer = {"headers": lambda: {"X-Honeycomb-Team": os.environ["HONEYCOMB_API_KEY"]}}
    bring_the_key.check_key(answer, Context(patience_s=1))
    assert os.environ["HONEYCOMB_API_KEY"] == KEY
