"""A stopwatch for checks: says when one takes long, while it still runs, and why."""

from __future__ import annotations

import inspect
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextvars import copy_context
from enum import StrEnum
from threading import Event, Thread
from types import FrameType
from typing import TypeVar

from lab_helpers.exercises.context import Context

T = TypeVar("T")

LONG_S = 10.0
"""Seconds after which a student wonders whether anything happens."""

STOP = "stop it with ■ (interrupt)"

_LOOKS = 20


class Activity(StrEnum):
    """What a check is doing, in words for the student."""

    ANSWER = "your code is still running after {seconds:g} s: " + STOP
    ARRIVAL = "the check waits for what was sent to arrive: {seconds:g} s so far"
    CHECK = "the check is still running after {seconds:g} s; to end it, " + STOP


def timed(
    run: Callable[[], T],
    namespace: Mapping[str, object],
    say: Callable[[str], None],
    *,
    long_s: float,
) -> T:
    """Calls `run`; says, each activity once, that it lasted `long_s` without a pause.

    A thread looks at the stack of this one: is it in the student's code (functions of
    this namespace), or does it wait for a vendor?
    """
    runner, here, ended = threading.get_ident(), inspect.currentframe(), Event()

    def look() -> None:
        last, since, words = None, time.monotonic(), set(Activity)
        while words and not ended.wait(long_s / _LOOKS):
            now = _activity(sys._current_frames().get(runner), here, namespace)
            if now is not last:
                last, since = now, time.monotonic()
            if now in words and time.monotonic() - since >= long_s:
                words.remove(now)
                say(now.format(seconds=long_s))

    # In a copy of the context, so that what it prints appears below this cell.
    context = copy_context()
    Thread(target=context.run, args=(look,), name="stopwatch", daemon=True).start()
    try:
        return run()
    finally:
        ended.set()


def _activity(
    frame: FrameType | None, base: FrameType | None, namespace: Mapping[str, object]
) -> Activity:
    """What the frames that `base` has called are doing."""
    while frame is not None and frame is not base:
        if frame.f_code is Context.wait_for.__code__:
            return Activity.ARRIVAL
        if frame.f_globals is namespace:
            return Activity.ANSWER
        frame = frame.f_back
    return Activity.CHECK
