"""The lab as a child process: found, started exactly once, stopped, emptied."""

from lab_helpers.process.control import TOKEN_HEADER, call, hold, release
from lab_helpers.process.spawn import find, start, stop, unresponsive
from lab_helpers.process.state import VERSION, LabError, Running, log_tail

__all__ = [
    "TOKEN_HEADER",
    "VERSION",
    "LabError",
    "Running",
    "call",
    "find",
    "hold",
    "log_tail",
    "release",
    "start",
    "stop",
    "unresponsive",
]
