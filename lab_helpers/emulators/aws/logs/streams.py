"""Log streams: create, delete, describe."""

from collections.abc import Mapping
from typing import Any

from lab_helpers.emulators.aws.logs.core import Core, Operation, Parameters


def operations(core: Core) -> Mapping[str, Operation]:
    """The operations on log streams."""
    streams = Streams(core)
    return {"CreateLogStream": streams.create}


class Streams:
    """The log streams of every group."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def create(self, parameters: Parameters) -> dict[str, Any]:
        """`CreateLogStream`."""
        names = parameters["logGroupName"], parameters["logStreamName"]
        self._core.directory.create_stream(*names, self._core.now_ms())
        return {}
