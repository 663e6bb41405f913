"""The doctor's calls to Rollbar: one message there and back, or whether it answers."""

import time
import uuid
from typing import Any

import requests

from lab_helpers.settings import Settings

NAME = "lab_doctor"
HEADER = "X-Rollbar-Access-Token"
_WAIT_S = 15.0


def message_and_back(wanted: Settings) -> str:
    """Report a message, find it among the newest occurrences.

    Raises requests.RequestException, TimeoutError when it never arrives.
    """
    began = time.monotonic()
    known = str(uuid.uuid4())
    body = {"message": {"body": "the doctor was here"}}
    data = {"environment": NAME, "level": "debug", "uuid": known, "body": body}
    rollbar = wanted.rollbar
    _ask(wanted, "POST", "item/", rollbar.access_token, {"data": data})
    while known not in _newest(wanted):
        if time.monotonic() - began > _WAIT_S:
            raise TimeoutError(f"the message did not arrive within {_WAIT_S:.0f} s")
        time.sleep(0.1)
    return f"one message in, one found, {(time.monotonic() - began) * 1000:.0f} ms"


def accepted(wanted: Settings) -> str:
    """Whether the real Rollbar lets us read, or, without a read token, answers."""
    if not wanted.rollbar.read_token:
        answer = requests.get(f"{wanted.rollbar.endpoint}status/ping", timeout=10)
        answer.raise_for_status()
        return "answers; without ROLLBAR_READ_TOKEN no token was tried"
    _ask(wanted, "GET", "items/", wanted.rollbar.read_token)
    return "read token accepted"


def _newest(wanted: Settings) -> set[str]:
    """The uuids of the newest occurrences."""
    told = _ask(wanted, "GET", "instances/", wanted.rollbar.read_token)
    return {found["data"].get("uuid") for found in told["result"]["instances"]}


def _ask(
    wanted: Settings, method: str, path: str, token: str, body: object = None
) -> Any:
    answer = requests.request(
        method,
        wanted.rollbar.endpoint + path,
        json=body,
        headers={HEADER: token},
        timeout=10,
    )
    answer.raise_for_status()
    return answer.json()
