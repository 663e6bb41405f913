"""Exercise: a thread pool that works inside the segment."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from unittest.mock import patch

from aws_xray_sdk.core import xray_recorder

from lab_helpers.exercises.catalog import (
    Exercise,
    Namespace,
    Wrong,
    function_in,
    instead,
)
from lab_helpers.exercises.checking.xray import arrived, listening
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss

NAMES = ["feed", "messages", "people"]
WORKERS = 2
"""Fewer than there are names, so that a thread of the pool is used twice."""
FETCH_S = 0.25
"""Long enough that a caller who does not wait is back before the last fetch ends."""


@dataclass(slots=True)
class _Fetches:
    """Fetches of the check: which began, which are done, and where they ran."""

    begun: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    threads: set[int] = field(default_factory=set)

    def fetch(self, name: str) -> None:
        self.begun.append(name)
        with xray_recorder.in_subsegment(f"fetch {name}"):
            self.threads.add(threading.get_ident())
            time.sleep(FETCH_S)
        self.done.append(name)


def check(names: Namespace, context: Context) -> None:
    """Three fetches in a pool leave their subsegments in the caller's segment.

    Afterwards the pool serves another request, and has nothing of the first one left.
    """
    fan_out = function_in(names, "fan_out")
    trace_id, fetches = context.fresh_xray_trace(), _Fetches()
    with (
        _handed_over() as receivers,
        listening(xray_recorder) as emitted,
        ThreadPoolExecutor(WORKERS) as pool,
    ):
        with xray_recorder.in_segment("GET /home", traceid=trace_id, sampling=1):
            fan_out(pool, fetches.fetch, list(NAMES))
            done = list(fetches.done)
        with xray_recorder.in_segment("GET /next", sampling=0):
            still_open = _still_open(pool)
    _judge_work(fetches, done)
    missing = [
        name
        for name in (f"fetch {name}" for name in NAMES)
        if name not in set(arrived(context, trace_id, emitted)["name"])
    ]
    if missing:
        raise Miss(_why_missing(missing, receivers))
    if still_open:
        raise Miss(
            f"the next request finds {still_open!r} still open in the pool's threads, "
            "and would write its subsegments into it; call "
            "xray_recorder.clear_trace_entities() there when fetch is done"
        )


def _judge_work(fetches: _Fetches, done: list[str]) -> None:
    if not fetches.threads:
        raise Miss("fetch was never called")
    if threading.get_ident() in fetches.threads:
        raise Miss("fetch ran in the caller's own thread; give the work to the pool")
    if len(done) < len(fetches.begun):
        raise Miss(
            "fan_out returned before every fetch was done; each submit gives a future, "
            "and its result() waits"
        )
    if sorted(done) != sorted(NAMES):
        raise Miss(f"fetch was called for {done}, not once for each of {NAMES}")


def _why_missing(missing: list[str], receivers: set[int]) -> str:
    if threading.get_ident() in receivers:
        return (
            "the segment was handed over in the caller's thread, where it was open "
            "already; call set_trace_entity in the thread that runs fetch"
        )
    return (
        f"the segment arrived without {' and '.join(missing)}: the pool's threads "
        "began with no segment, and nobody handed them one"
    )


def _still_open(pool: Executor) -> str | None:
    """The name of what some thread of the pool still has open."""
    # Each task waits for the others, so that every thread has exactly one.
    together = threading.Barrier(WORKERS)

    def look() -> str | None:
        together.wait(10)
        entity = xray_recorder.get_trace_entity()
        return str(entity.name) if entity else None

    try:
        tasks = [pool.submit(look) for _ in range(WORKERS)]
    except RuntimeError:
        raise Miss(
            "the pool is shut down afterwards; it belongs to the caller, who goes on "
            "using it"
        ) from None
    return next((task.result() for task in tasks if task.result()), None)


@contextmanager
def _handed_over() -> Iterator[set[int]]:
    """The threads in which somebody opens a segment that was begun elsewhere."""
    threads = set[int]()
    real = xray_recorder.context.set_trace_entity

    def noted(entity: object) -> None:
        threads.add(threading.get_ident())
        real(entity)

    with patch.object(xray_recorder.context, "set_trace_entity", noted):
        yield threads


FAN_OUT = '''
def fan_out(pool, fetch, names):
    """Run fetch(name) for each name in the pool, inside the open segment."""
    segment = xray_recorder.get_trace_entity()

    def inside(name):
        xray_recorder.set_trace_entity(segment)
        fetch(name)
        xray_recorder.clear_trace_entities()

    for task in [pool.submit(inside, name) for name in names]:
        task.result()
'''
CLEAR = "        xray_recorder.clear_trace_entities()\n"
SUBMIT = """\
    for task in [pool.submit(inside, name) for name in names]:
        task.result()
"""

EXERCISE = Exercise(
    name="keep_the_segment",
    title="Keep the segment in a thread pool",
    answer=("fan_out",),
    check=check,
    hints=(
        "What is open belongs to the thread. Take it while still in the caller's, open "
        "it in the pool's, and clear that one when the work is done.",
        "xray_recorder.get_trace_entity() gives it, set_trace_entity(segment) opens "
        "it, clear_trace_entities() lets go of it. The last two must run in the pool's "
        "thread, around fetch: write a function for them, and submit that.",
        "def inside(name): xray_recorder.set_trace_entity(segment); fetch(name); "
        "xray_recorder.clear_trace_entities(). Then list(pool.map(inside, names)).",
    ),
    solution=FAN_OUT,
    lesson="The open segment belongs to a thread; whoever starts one hands it over.",
    right={
        "by map, cleared in any case": instead(
            FAN_OUT,
            ("        fetch(name)\n", "        try:\n            fetch(name)\n"),
            (CLEAR, f"        finally:\n    {CLEAR}"),
            (SUBMIT, "    return list(pool.map(inside, names))\n"),
        ),
        "what was open before is put back": instead(
            FAN_OUT,
            (
                "        xray_recorder.set_trace_entity(segment)\n",
                "        before = xray_recorder.get_trace_entity()\n"
                "        xray_recorder.set_trace_entity(segment)\n",
            ),
            (CLEAR, "        xray_recorder.set_trace_entity(before)\n"),
        ),
    },
    wrong={
        "plain submit": Wrong(
            instead(FAN_OUT, ("pool.submit(inside,", "pool.submit(fetch,")),
            "arrived without fetch feed and fetch messages and fetch people",
        ),
        "handed over in the wrong thread": Wrong(
            """
def fan_out(pool, fetch, names):
    segment = xray_recorder.get_trace_entity()
    tasks = []
    for name in names:
        xray_recorder.set_trace_entity(segment)
        tasks.append(pool.submit(fetch, name))
    for task in tasks:
        task.result()
    return None
""",
            "handed over in the caller's thread",
        ),
        "no pool at all": Wrong(
            """
def fan_out(pool, fetch, names):
    for name in names:
        fetch(name)
""",
            "in the caller's own thread",
        ),
        "the pool's threads never cleared": Wrong(
            instead(FAN_OUT, (CLEAR, "")),
            "the next request finds 'GET /home' still open in the pool's threads",
        ),
        "nobody waits": Wrong(
            instead(FAN_OUT, ("        task.result()\n", "        pass\n")),
            "fan_out returned before every fetch was done",
        ),
        "one name only": Wrong(
            instead(FAN_OUT, ("for name in names]", "for name in names[:1]]")),
            "fetch was called for ['feed'], not once for each of",
        ),
        "the pool shut down": Wrong(
            instead(
                FAN_OUT,
                (SUBMIT, "    with pool:\n        list(pool.map(inside, names))\n"),
            ),
            "the pool is shut down afterwards",
        ),
    },
)
