"""Exercise: keep the context in a thread pool."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from lab_helpers.exercises.catalog import (
    Exercise,
    Namespace,
    Wrong,
    function_in,
    instead,
)
from lab_helpers.exercises.checking.in_memory import Recorded
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss


def check(ns: Namespace, context: Context) -> None:
    fan_out = function_in(ns, "fan_out")
    run, threads, both = Recorded(), set[int](), threading.Event()

    def fetch(name: str) -> None:
        with run.tracer.start_as_current_span(f"fetch {name}"):
            threads.add(threading.get_ident())
            if len(threads) > 1:
                both.set()
            both.wait(0.5)

    request = run.tracer.start_as_current_span("GET /home")
    with ThreadPoolExecutor(2) as pool, request:
        fan_out(pool, fetch, ["feed", "messages"])
    if threading.get_ident() in threads:
        raise Miss("fetch ran in the caller's own thread; give the work to the pool")
    for name in ("fetch feed", "fetch messages"):
        run.span(name)
    if run.traces > 1:
        raise Miss(
            f"one request, but {run.traces} traces; the threads of the pool know "
            "nothing of the span that was current when you called fan_out"
        )
    run.expect_parents({"fetch feed": "GET /home", "fetch messages": "GET /home"})


THREADS = '''
def fan_out(pool, fetch, names):
    """Run fetch(name) for each name in the pool, all in the current trace."""
    tasks = [pool.submit(copy_context().run, fetch, name) for name in names]
    for task in tasks:
        task.result()
'''

EXERCISE = Exercise(
    name="keep_context",
    title="Keep one trace across a thread pool",
    answer=("fan_out",),
    check=check,
    hints=(
        "pool.submit(f, x) runs f(x) in another thread. "
        "copy_context().run(f, x) runs f(x) with the variables as they are here and "
        "now. You need both.",
        "pool.submit(copy_context().run, fetch, name): a fresh copy for each task, "
        "because one copy cannot be entered by two threads at a time.",
    ),
    solution=THREADS,
    lesson="The context went along because you sent it along, one copy per task.",
    wrong={
        "plain submit": Wrong(
            instead(THREADS, ("copy_context().run, fetch", "fetch")),
            "one request, but 3 traces",
        ),
        "one copy for all": Wrong(
            instead(
                THREADS,
                ("    tasks =", "    here = copy_context()\n    tasks ="),
                ("copy_context().run,", "here.run,"),
            ),
            "your code raised RuntimeError: cannot enter context",
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
