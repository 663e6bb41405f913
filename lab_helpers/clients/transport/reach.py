"""Endpoints that cannot be reached, or do not answer: what it means, what to do."""

from urllib.parse import urlsplit

LOOPBACK = ("127.0.0.1", "localhost", "::1")

SILENT_S = 3.0
"""So long a call may take without a word."""


def is_here(endpoint: str) -> bool:
    """True for an endpoint on this machine, such as the lab's."""
    return urlsplit(endpoint).hostname in LOOPBACK


def unreachable(endpoint: str, variable: str) -> tuple[str, str]:
    """Message and advice where no connection can be made; `variable` has the URL."""
    if is_here(endpoint):
        return (
            f"nothing listens at {endpoint}",
            "Start the lab with lab.start() and run this cell again.",
        )
    return (
        f"no network: {endpoint} cannot be reached",
        f"Check the connection, then {variable}.",
    )


def silence_advice(endpoint: str) -> str:
    """Advice where a connection was made and no answer came."""
    if is_here(endpoint):
        return (
            "The lab does not answer: it was stopped, or this machine is very busy. "
            "Run lab.start(), which starts another one where that is needed, and run "
            "this cell again."
        )
    return f"Is {endpoint} overloaded, or the connection slow? Run this cell again."
