"""Base of all errors for the student: a notebook shows each as its sentence alone."""

from __future__ import annotations

import inspect
import traceback


class SentenceError(Exception):
    """An error whose message says it all: IPython shows no frames of it.

    `%tb` in the next cell shows the whole traceback.
    """

    def _render_traceback_(self) -> list[str]:
        """The lines that IPython shows in place of a traceback."""
        if _by_magic():
            return traceback.format_exception(self)
        return [f"{self} (%tb shows the traceback)"]


def _by_magic() -> bool:
    """Tells whether IPython's `%tb` is among the callers."""
    frame = inspect.currentframe()
    while frame is not None:
        module = frame.f_globals.get("__name__")
        if (module, frame.f_code.co_name) == ("IPython.core.magics.execution", "tb"):
            return True
        frame = frame.f_back
    return False
