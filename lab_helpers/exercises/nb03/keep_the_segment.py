"""Exercise: a thread pool that works inside the segment."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
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

SUBSEGMENTS = {"fetch feed", "fetch messages"}


def check(names: Namespace, context: Context) -> None:
    """Two fetches in a pool leave their subsegments in the caller's segment."""
    fan_out = function_in(names, "fan_out")
    trace_id, threads = context.fresh_xray_trace(), set[int]()

    def fetch(name: str) -> None:
        with xray_recorder.in_subsegment(f"fetch {name}"):
            threads.add(threading.get_ident())

    request = xray_recorder.in_segment("GET /home", traceid=trace_id, sampling=1)
    with (
        _handed_over() as receivers,
        listening(xray_recorder) as emitted,
        ThreadPoolExecutor(2) as pool,
        request,
    ):
        fan_out(pool, fetch, ["feed", "messages"])
    if not threads:
        raise Miss("fetch was never called")
    if threading.get_ident() in threads:
        raise Miss("fetch ran in the caller's own thread; give the work to the pool")
    rows = arrived(context, trace_id, emitted)
    missing = SUBSEGMENTS - set(rows["name"])
    if missing and threading.get_ident() in receivers:
        raise Miss(
            "the segment was handed over in the caller's thread, where it was open "
            "already; call set_trace_entity in the thread that runs fetch"
        )
    if missing:
        raise Miss(
            f"the segment arrived without {' and '.join(sorted(missing))}: the pool's "
            "threads began with no segment, and nobody handed them one"
        )


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

EXERCISE = Exercise(
    name="keep_the_segment",
    title="Keep the segment in a thread pool",
    answer=("fan_out",),
    check=check,
    hints=(
        "xray_recorder.get_trace_entity() gives what is open in this thread; "
        "xray_recorder.set_trace_entity(it) opens it in another one.",
        "The second call must run in the pool's thread, so wrap it and fetch in one "
        "function and submit that.",
    ),
    solution=FAN_OUT,
    lesson="The open segment belongs to a thread; whoever starts one hands it over.",
    wrong={
        "plain submit": Wrong(
            instead(FAN_OUT, ("pool.submit(inside,", "pool.submit(fetch,")),
            "arrived without fetch feed and fetch messages",
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
    },
)
