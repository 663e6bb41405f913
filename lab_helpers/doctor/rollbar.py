"""Checks of Rollbar: one message there and back, or an answer."""

import time
import uuid
from typing import Any

import requests

from lab_helpers.doctor.copies import copies_of
from lab_helpers.doctor.report import AGAIN, DATASET, Finding, attempt
from lab_helpers.settings import Mode, Settings

HEADER = "X-Rollbar-Access-Token"
_WAIT_S = 15.0


def message(settings: Settings) -> Finding:
    """One message is reported and found; of a real project only an answer is needed."""
    if settings.rollbar.mode is Mode.REAL:
        remedy = "check the connection, and ROLLBAR_READ_TOKEN if it is set"
        return attempt("Rollbar", _accepted, settings, remedy)
    return attempt("Rollbar", _message_and_back, settings, AGAIN)


def copies(settings: Settings) -> Finding:
    """What became of the copies of items that the running lab passes on."""
    return copies_of(settings, "rollbar", "Rollbar copies")


def _message_and_back(settings: Settings) -> str:
    """Reports a message, looks for it among the newest occurrences.

    Raises requests.RequestException, TimeoutError when it never arrives.
    """
    began = time.monotonic()
    known = str(uuid.uuid4())
    body = {"message": {"body": "the doctor was here"}}
    data = {"environment": DATASET, "level": "debug", "uuid": known, "body": body}
    rollbar = settings.rollbar
    _ask(settings, "POST", "item/", rollbar.access_token, {"data": data})
    while known not in _newest(settings):
        if time.monotonic() - began > _WAIT_S:
            raise TimeoutError(f"the message did not arrive within {_WAIT_S:.0f} s")
        time.sleep(0.1)
    return f"one message in, one found, {(time.monotonic() - began) * 1000:.0f} ms"


def _accepted(settings: Settings) -> str:
    """Says that the real Rollbar accepts the read token, or, without one, answers."""
    if not settings.rollbar.read_token:
        answer = requests.get(f"{settings.rollbar.endpoint}status/ping", timeout=10)
        answer.raise_for_status()
        return "answers; without ROLLBAR_READ_TOKEN no token was tried"
    _ask(settings, "GET", "items/", settings.rollbar.read_token)
    return "read token accepted"


def _newest(settings: Settings) -> set[str]:
    """The uuids of the newest occurrences."""
    answer = _ask(settings, "GET", "instances/", settings.rollbar.read_token)
    return {
        occurrence["data"].get("uuid") for occurrence in answer["result"]["instances"]
    }


def _ask(
    settings: Settings, method: str, path: str, token: str, body: object = None
) -> Any:
    answer = requests.request(
        method,
        settings.rollbar.endpoint + path,
        json=body,
        headers={HEADER: token},
        timeout=10,
    )
    answer.raise_for_status()
    return answer.json()
