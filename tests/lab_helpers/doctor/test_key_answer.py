"""The key that `lab.start()` tries, with short patience."""

import json
import socket
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import ClassVar

import pytest

from lab_helpers import settings
from lab_helpers.doctor import honeycomb
from lab_helpers.settings import Mode, Upstream


class Auth(BaseHTTPRequestHandler):
    """`/1/auth`, with one status and one document for every key."""

    answer: ClassVar[tuple[int, object]] = (200, {})
    tried: ClassVar[list[str]] = []

    def do_GET(self):
        status, document = self.answer
        self.tried.append(f"{self.path} {self.headers['x-honeycomb-team']}")
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Nothing."""


@pytest.fixture
def real(monkeypatch):
    """Answers to give, keys tried, and the URL of a real Honeycomb."""
    monkeypatch.setattr(Auth, "tried", [])
    monkeypatch.setattr(honeycomb, "_accepted", {})
    with ThreadingHTTPServer(("127.0.0.1", 0), Auth) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def settings_of(url, mode=Mode.FORWARDED):
    found = settings.load({"LAB_ENV_FILE": ""})
    upstream = Upstream(url, "aKey")
    hive = replace(found.honeycomb, mode=mode, upstream=upstream)
    return replace(found, honeycomb=hive)


ACCEPTED = {"environment": {"name": "bootcamp"}, "team": {"name": "birds"}}
CLASSIC = {"environment": {"name": ""}, "team": {"name": "birds"}}
UNKNOWN = {"error": "unknown API key - check your credentials"}


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ((200, ACCEPTED), "key accepted, environment bootcamp"),
        ((200, CLASSIC), "key accepted, team birds"),
        (
            (401, UNKNOWN),
            "key refused: unknown API key - check your credentials "
            "(check HONEYCOMB_API_KEY)",
        ),
        ((503, {}), "key not tried: /1/auth answered 503"),
    ],
)
@pytest.mark.parametrize("mode", [Mode.FORWARDED, Mode.REAL])
def test_the_real_service_says_whose_key_it_is(
    real, monkeypatch, answer, sentence, mode
):
    monkeypatch.setattr(Auth, "answer", answer)
    assert honeycomb.key_answer(settings_of(real, mode)) == sentence
    assert Auth.tried == ["/1/auth aKey"]


def test_a_key_that_was_accepted_is_not_tried_again_and_any_other_is(real, monkeypatch):
    for answer, times in (((401, UNKNOWN), 2), ((200, ACCEPTED), 1)):
        monkeypatch.setattr(Auth, "answer", answer)
        monkeypatch.setattr(Auth, "tried", [])
        for _ in range(2):
            honeycomb.key_answer(settings_of(real))
        assert len(Auth.tried) == times


def test_without_a_network_it_says_so(monkeypatch):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        answer = honeycomb.key_answer(settings_of(url))
    assert answer == f"no network: {url} does not answer"


def test_who_does_not_answer_is_waited_for_two_seconds(monkeypatch):
    monkeypatch.setattr(honeycomb, "PATIENCE_S", 0.2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        began = time.monotonic()
        assert honeycomb.key_answer(settings_of(url)).startswith("no network: ")
    assert time.monotonic() - began < 10


def test_a_lab_that_keeps_everything_tries_no_key():
    assert honeycomb.key_answer(settings.load({"LAB_ENV_FILE": ""})) == ""
