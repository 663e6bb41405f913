"""From the `data` of a payload to what is kept of it."""

import json
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from lab_emulators.rollbar.items.grouping import group_of, traces
from lab_emulators.rollbar.items.model import LEVELS, Draft

REMOTE = "$remote_ip"
"""What a browser sends for its address, which it does not know."""

ANONYMOUS = "$remote_ip_anonymize"
"""The same, less its last part."""

Data = Mapping[str, Any]


def drafted(data: Data, now_ns: int, remote: str) -> Draft:
    """The occurrence that `data`, which passed `fields.checked`, reports.

    It comes at `now_ns` from the address `remote`. A uuid it lacks is made up, a level
    it lacks is error for exceptions and info for messages.
    """
    kept = {**_located(data, remote), "uuid": data.get("uuid") or uuid.uuid4().hex}
    group = group_of(data)
    default = "info" if data["body"].get("message") is not None else "error"
    return Draft(
        uuid=kept["uuid"],
        time_ns=_time_ns(data.get("timestamp"), now_ns),
        ingested_ns=now_ns,
        environment=data["environment"],
        level=LEVELS[data.get("level") or default],
        title=group.title,
        fingerprint=group.fingerprint,
        person=str((data.get("person") or {}).get("id", "")),
        address=_text((kept.get("request") or {}).get("user_ip")),
        code_version=next(_versions(data), ""),
        platform=data.get("platform") or "",
        framework=data.get("framework") or "",
        language=data.get("language") or "",
        payload=json.dumps(kept, ensure_ascii=False, separators=(",", ":")),
    )


def is_exception(data: Data) -> bool:
    """Whether an exception is reported, not a message."""
    return bool(traces(data))


def _located(data: Data, remote: str) -> Data:
    """The same, the address of the caller where it asks for that."""
    told = data.get("request") or {}
    addresses = {REMOTE: remote, ANONYMOUS: f"{remote.rpartition('.')[0]}.0"}
    asked = _text(told.get("user_ip"))
    if asked not in addresses:
        return data
    return {**data, "request": {**told, "user_ip": addresses[asked]}}


def _time_ns(seconds: float | None, now_ns: int) -> int:
    if seconds is None:
        return now_ns
    return int(seconds * 10**9)


def _versions(data: Data) -> Iterator[str]:
    """The versions of the code, the one that counts first."""
    client = data.get("client") or {}
    for place in (data, data.get("server"), client.get("javascript")):
        if isinstance(place, dict) and place.get("code_version"):
            yield _text(place["code_version"])


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
