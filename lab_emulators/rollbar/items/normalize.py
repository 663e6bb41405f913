"""Normalization: the occurrence that the `data` of a payload reports."""

import json
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from lab_emulators.rollbar.items.grouping import group_of
from lab_emulators.rollbar.items.model import LEVELS, OccurrenceData

REMOTE = "$remote_ip"
"""Placeholder that a browser sends for its address, which it does not know."""

ANONYMOUS = "$remote_ip_anonymize"
"""Placeholder for an address whose last part is left out."""

Data = Mapping[str, Any]


def occurrence_from_payload(data: Data, now_ns: int, remote: str) -> OccurrenceData:
    """The occurrence that `data`, which passed `validation.validate`, reports.

    It comes at `now_ns` from the address `remote`. A uuid it lacks is made up, a level
    it lacks is error for exceptions and info for messages.
    """
    stored = {**_located(data, remote), "uuid": data.get("uuid") or uuid.uuid4().hex}
    group = group_of(data)
    default = "info" if data["body"].get("message") is not None else "error"
    return OccurrenceData(
        uuid=stored["uuid"],
        time_ns=_time_ns(data.get("timestamp"), now_ns),
        ingested_ns=now_ns,
        environment=data["environment"],
        level=LEVELS[data.get("level") or default],
        title=group.title,
        fingerprint=group.fingerprint,
        person=str((data.get("person") or {}).get("id", "")),
        address=_text((stored.get("request") or {}).get("user_ip")),
        code_version=next(_versions(data), ""),
        platform=data.get("platform") or "",
        framework=data.get("framework") or "",
        language=data.get("language") or "",
        payload=json.dumps(stored, ensure_ascii=False, separators=(",", ":")),
    )


def _located(data: Data, remote: str) -> Data:
    """Puts the caller's address where the payload leaves it to Rollbar."""
    request = data.get("request") or {}
    addresses = {REMOTE: remote, ANONYMOUS: f"{remote.rpartition('.')[0]}.0"}
    user_ip = _text(request.get("user_ip"))
    if user_ip not in addresses:
        return data
    return {**data, "request": {**request, "user_ip": addresses[user_ip]}}


def _time_ns(seconds: float | None, now_ns: int) -> int:
    if seconds is None:
        return now_ns
    return int(seconds * 10**9)


def _versions(data: Data) -> Iterator[str]:
    """The versions of the code, the one that counts first."""
    client = data.get("client") or {}
    for part in (data, data.get("server"), client.get("javascript")):
        if isinstance(part, dict) and part.get("code_version"):
            yield _text(part["code_version"])


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
