"""Endpoints that cannot be reached or do not answer, in words."""

import socket
import time

import boto3
import pytest

from lab_helpers.clients import (
    CloudWatchClient,
    CloudWatchError,
    HoneycombClient,
    HoneycombTimeoutError,
)
from lab_helpers.clients.transport import aws, http
from lab_helpers.clients.transport.reach import silence_advice, unreachable


def test_a_real_service_out_of_reach_means_no_network():
    text, advice = unreachable("https://api.honeycomb.io", "HONEYCOMB_API_ENDPOINT")
    assert text == "no network: https://api.honeycomb.io cannot be reached"
    assert advice == "Check the connection, then HONEYCOMB_API_ENDPOINT."


def test_a_lab_that_is_away_is_started_again():
    text, advice = unreachable("http://127.0.0.1:7318", "HONEYCOMB_API_ENDPOINT")
    assert text == "nothing listens at http://127.0.0.1:7318"
    assert "lab.start()" in advice
    assert "lab.start()" in silence_advice("http://127.0.0.1:7318")
    assert "lab.start()" not in silence_advice("https://api.honeycomb.io")


@pytest.fixture
def silent():
    """The URL of a server that takes connections and never answers."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def said(monkeypatch):
    """What the status lines of both transports say, and after how long."""
    words = []

    class Recorder:
        def __init__(self, text, *, delay_s):
            words.append((text, delay_s))

        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

    monkeypatch.setattr(http, "StatusLine", Recorder)
    monkeypatch.setattr(aws, "StatusLine", Recorder)
    return words


def test_a_call_without_an_answer_says_so_after_three_seconds(
    silent, said, monkeypatch
):
    monkeypatch.setattr(http, "TIMEOUT_S", 0.2)
    with (
        HoneycombClient("key", silent) as client,
        pytest.raises(HoneycombTimeoutError, match="The lab does not answer") as caught,
    ):
        client.datasets()
    assert said == [(f"no answer from {silent}", 3.0)]
    assert "lab.start()" in caught.value.advice


@pytest.fixture
def credentials(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)


@pytest.mark.usefixtures("credentials")
def test_a_call_to_aws_in_a_lab_that_is_away_fails_at_once(monkeypatch, said):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        began = time.monotonic()
        with pytest.raises(CloudWatchError, match=f"nothing listens at {url}"):
            CloudWatchClient().insights("/birds", "fields @message")
    assert time.monotonic() - began < 10
    assert said[0][1] == 3.0


@pytest.mark.usefixtures("credentials")
def test_a_call_to_aws_in_a_lab_that_is_stopped_is_not_repeated(
    monkeypatch, said, silent
):
    monkeypatch.setenv("AWS_ENDPOINT_URL", silent)
    monkeypatch.setattr(aws, "READ_S", 1)
    began = time.monotonic()
    with pytest.raises(CloudWatchError, match="no answer within 1 s") as caught:
        CloudWatchClient().alarms()
    assert "lab.start()" in caught.value.advice
    assert time.monotonic() - began < 8
