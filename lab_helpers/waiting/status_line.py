"""One line that says what is waited for, and for how long; gone when the wait is."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from collections.abc import Callable
from contextvars import copy_context
from typing import Any, Protocol, Self

DELAY_S = 0.3
"""What is over sooner needs no words."""

WIDGET = "application/vnd.jupyter.widget-view+json"


class Display(Protocol):
    """A place where one line can be shown, replaced and removed."""

    def show(self, text: str) -> None:
        """Shows a line in place of the one before."""

    def clear(self) -> None:
        """Removes the line."""


class StatusLine:
    """Words and seconds in one line, while the `with` block lasts longer than a moment.

    In a terminal it is one line that changes; in a notebook a widget, of which neither
    the page nor its file keeps anything. Where nobody looks, it says nothing.
    """

    def __init__(
        self, words: str, *, delay_s: float = DELAY_S, display: Display | None = None
    ) -> None:
        self.words = words
        self._delay_s = delay_s
        self._display = display or _display()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        if self._display is not None:
            # In a copy of the context, so that it appears below this cell.
            run = copy_context().run
            self._thread = threading.Thread(
                target=run, args=(self._tick,), name="status-line", daemon=True
            )
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def _tick(self) -> None:
        display, began = self._display, time.monotonic()
        if display is None or self._ended.wait(self._delay_s):
            return
        try:
            while True:
                seconds = time.monotonic() - began
                count = f" {seconds:.0f} s" if seconds >= 1 else ""
                display.show(f"{self.words} …{count}")
                if self._ended.wait(0.5):
                    return
        finally:
            display.clear()


class _Terminal:
    """The last line of a terminal."""

    def __init__(self) -> None:
        self._width = 0

    def show(self, text: str) -> None:
        columns = shutil.get_terminal_size().columns
        text = text[: max(columns - 1, 20)]
        self._write(text)
        self._width = len(text)

    def clear(self) -> None:
        self._write("")

    def _write(self, text: str) -> None:
        # Spaces, because not every terminal knows the code that erases a line.
        sys.stderr.write("\r" + text.ljust(self._width) + ("" if text else "\r"))
        sys.stderr.flush()


class _Notebook:
    """A label below the cell that runs."""

    def __init__(self) -> None:
        self._label: Any = None
        self._remove: Callable[[], None] = _nothing

    def show(self, text: str) -> None:
        if self._label is None:
            from ipywidgets import Label  # only a kernel needs it

            self._label = Label(text)
            self._remove = display_widget(self._label)
        self._label.value = text

    def clear(self) -> None:
        self._remove()
        self._label.close()


def _nothing() -> None:
    """Removes nothing."""


def _display() -> Display | None:
    """The notebook or terminal that this process has; None where nobody looks."""
    shell = sys.modules.get("IPython")
    if shell is not None and hasattr(shell.get_ipython(), "kernel"):
        return _Notebook()
    return _Terminal() if sys.stderr is not None and sys.stderr.isatty() else None


def display_widget(widget: Any) -> Callable[[], None]:
    """Displays a widget without its text of this moment; returns what removes it.

    A page stores the reference to a widget. When it is opened again there is no such
    widget, and it would say so: therefore the reference goes as well.
    """
    from IPython import display  # only a kernel needs it

    view = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    show: Any = display.display  # not typed
    output = show({WIDGET: view}, raw=True, display_id=True)
    return lambda: output.update({}, raw=True)
