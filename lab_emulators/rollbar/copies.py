"""Copies of items that were stored, for the real Rollbar."""

import json
from collections.abc import Mapping
from typing import Any

from flask import request

from lab_emulators.contract import ROLLBAR_TOKEN_HEADER
from lab_emulators.forwarding import Copy, CopyForwarder, Sender
from lab_emulators.rollbar.auth import PARAMETER
from lab_emulators.rollbar.context import emulator


def forwarder() -> CopyForwarder:
    """Makes a forwarder to Rollbar that has no upstream yet."""
    return CopyForwarder(_new_sender)


def submit(payload: Mapping[str, Any]) -> None:
    """Lets a copy of the current request's item wait to be sent.

    Its JSON is written anew without the lab's token, which most libraries repeat there.
    """
    if not emulator().forwarder.active:
        return
    rest = {name: value for name, value in payload.items() if name != PARAMETER}
    headers = {"Content-Type": "application/json"}
    if agent := request.headers.get("User-Agent"):
        headers["User-Agent"] = agent
    body = json.dumps(rest).encode()
    emulator().forwarder.submit(Copy("/api/1/item/", headers, body, events=1))


def _new_sender() -> Sender:
    # loads `requests`, which a lab that forwards nothing does not need
    from lab_emulators.forwarding.sender import CopySender

    return CopySender(ROLLBAR_TOKEN_HEADER)
