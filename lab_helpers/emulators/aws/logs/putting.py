"""PutLogEvents: from the body on the wire to columns of the store."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from lab_helpers.emulators.aws.logs.core import Accepted, Core, Operation, Parameters


def operations(core: Core) -> Mapping[str, Operation]:
    """PutLogEvents with parameters that were parsed already."""
    put = Putting(core)
    return {"PutLogEvents": put.parsed}


def raw(core: Core) -> Mapping[str, Callable[[bytes], dict[str, Any]]]:
    """PutLogEvents with the body as it came."""
    return {"PutLogEvents": Putting(core).body}


class Putting:
    """Takes log events in."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def body(self, body: bytes) -> dict[str, Any]:
        """`PutLogEvents` from its JSON."""
        return self.parsed(msgspec.json.decode(body))

    def parsed(self, parameters: Parameters) -> dict[str, Any]:
        """`PutLogEvents`."""
        group = self._core.directory.group(parameters["logGroupName"])
        stream = group.stream(parameters["logStreamName"])
        given = parameters["logEvents"]
        times = np.array([event["timestamp"] for event in given], dtype=np.int64)
        texts = [event["message"] for event in given]
        now = self._core.now_ms()
        messages = pa.array(texts, pa.string())
        first = self._core.archive.append(group.name, stream.name, times, messages, now)
        events = [(event["timestamp"], event["message"]) for event in given]
        for listener in self._core.accepted:
            listener(Accepted(group.name, stream.name, events, now, first))
        return {"nextSequenceToken": "1"}
