"""Named steps inside a request, and one hook around all of them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from flask import Flask, current_app

OpenStep = Callable[[str], AbstractContextManager[object]]
"""Takes a step's name, returns a context manager that is open while the step runs."""

STEPS = (
    "home.cache",
    "home.fetch",
    "home.rank",
    "person.fetch",
    "call.fetch",
    "call.store",
    "reply.store",
    "search.match",
    "search.rank",
    "notifications.fetch",
    "messages.groups",
    "messages.page",
    "messages.store",
)
"""The names of all steps."""

_KEY = "kittiwake.steps"


def around_steps(app: Flask, open_step: OpenStep | None) -> None:
    """Opens `open_step(name)` around every named step of this app; None removes it.

    Any callable from a name to a context manager will do, for instance a tracer's
    `start_as_current_span`. The app knows nothing of what you put there.
    """
    app.extensions[_KEY] = open_step or nullcontext


def step(name: str) -> AbstractContextManager[object]:
    """The context manager to run one named step in."""
    open_step: OpenStep = current_app.extensions.get(_KEY, nullcontext)
    return open_step(name)
