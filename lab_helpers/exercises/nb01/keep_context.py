"""Exercise: keep the context in a thread pool."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from opentelemetry.trace import Tracer

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

_NAMES = ("feed", "messages", "trends")
_SLOW = "messages"  # in the middle: who waits for the first or the last one misses it
_POOL = "pool-of-the-check"
_WORK_S = 0.5
_MEETING_S = 2.0


class _Fetch:
    """A `fetch` that finds out how it is run: where, beside which, and waited for.

    All its runs meet at a barrier, which they cannot if one begins when another has
    ended. The slow one then works until `returned` is set: a caller that waits for it
    sets that too late, one that does not wait sets it while the work goes on.
    """

    def __init__(self, tracer: Tracer) -> None:
        self.returned = threading.Event()
        self.runs: Counter[str] = Counter()
        self.elsewhere: str | None = None
        self.in_turn = self.left_running = False
        self._tracer = tracer
        self._meeting = threading.Barrier(len(_NAMES))

    def __call__(self, name: str) -> None:
        with self._tracer.start_as_current_span(f"fetch {name}"):
            self.runs[name] += 1
            thread = threading.current_thread().name
            if not thread.startswith(_POOL):
                self.elsewhere = thread
                return
            try:
                self._meeting.wait(_MEETING_S)
            except threading.BrokenBarrierError:
                self.in_turn = True
            if name == _SLOW and self.returned.wait(_WORK_S):
                self.left_running = True


def check(ns: Namespace, context: Context) -> None:
    """Three fetches run at once in the pool, in one trace, and are waited for."""
    fan_out = function_in(ns, "fan_out")
    run = Recorded()
    fetch = _Fetch(run.tracer)
    request = run.tracer.start_as_current_span("GET /home")
    with ThreadPoolExecutor(len(_NAMES), _POOL) as pool, request:
        _call(fan_out, pool, fetch)
        _expect_open(pool)
    _expect_runs(fetch)
    if run.traces > 1:
        raise Miss(
            f"one request, but {run.traces} traces; the threads of the pool know "
            "nothing of the span that was current when you called fan_out"
        )
    if fetch.left_running:
        raise Miss(
            f"fan_out returned while fetch({_SLOW!r}) was still running; wait for "
            "every task, in whichever order they end"
        )
    run.expect_parents({f"fetch {name}": "GET /home" for name in _NAMES})


def _call(
    fan_out: Callable[..., object], pool: ThreadPoolExecutor, fetch: _Fetch
) -> None:
    try:
        fan_out(pool, fetch, list(_NAMES))
    except RuntimeError as error:
        if "cannot enter context" not in str(error):
            raise
        raise Miss(
            "two threads entered one copy of the context at the same time, which "
            "Python refuses (RuntimeError: cannot enter context); make one copy per "
            "task"
        ) from None
    finally:
        fetch.returned.set()


def _expect_open(pool: ThreadPoolExecutor) -> None:
    try:
        pool.submit(int)
    except RuntimeError:
        raise Miss(
            "fan_out has shut the pool down; the next request needs it, so leave that "
            "to the caller"
        ) from None


def _expect_runs(fetch: _Fetch) -> None:
    if fetch.elsewhere:
        raise Miss(
            f"fetch ran in {fetch.elsewhere!r}, which is no thread of the pool; give "
            "the work to the pool"
        )
    for name in _NAMES:
        if not fetch.runs[name]:
            raise Miss(
                f"fetch({name!r}) was never run; the .result() of its task says why"
            )
        if fetch.runs[name] > 1:
            raise Miss(f"fetch({name!r}) was run {fetch.runs[name]} times, not once")
    if fetch.in_turn:
        raise Miss(
            "one fetch began only when another had ended; submit all of them first, "
            "then wait"
        )


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
        "The cell above runs a function inside a copy of the context, on the same "
        "thread. Do that on the pool's threads; take the copy where the span is "
        "current, that is, before the work changes threads.",
        "pool.submit(f, x) runs f(x) in another thread and returns a task, whose "
        ".result() waits for its end. copy_context().run(f, x) runs f(x) with the "
        "variables as they are here and now. You need both.",
        "tasks = [pool.submit(copy_context().run, fetch, name) for name in names], "
        "a fresh copy for each task, because two threads cannot enter one copy at the "
        "same time. Then task.result() for each task.",
    ),
    solution=THREADS,
    lesson="The context went along because you sent it along, one copy per task.",
    right={
        "map over copies": """
def fan_out(pool, fetch, names):
    copies = [copy_context() for _ in names]
    return list(pool.map(lambda copy, name: copy.run(fetch, name), copies, names))
""",
        "waits for all of them at once": instead(
            THREADS,
            ("def fan", "from concurrent.futures import wait\n\n\ndef fan"),
            ("    for task in tasks:\n        task.result()", "    wait(tasks)"),
        ),
        "the span made current in each thread": """
def fan_out(pool, fetch, names):
    span = trace.get_current_span()

    def in_the_trace(name):
        with trace.use_span(span):
            return fetch(name)

    list(pool.map(in_the_trace, names))
""",
        "OpenTelemetry's context attached in each thread": """
from opentelemetry.context import attach, detach, get_current


def fan_out(pool, fetch, names):
    here = get_current()

    def attached(name):
        token = attach(here)
        try:
            fetch(name)
        finally:
            detach(token)

    for task in [pool.submit(attached, name) for name in names]:
        task.result()
""",
        "the instrumentor, switched on meanwhile": """
from opentelemetry.instrumentation.threading import ThreadingInstrumentor


def fan_out(pool, fetch, names):
    ThreadingInstrumentor().instrument()
    try:
        list(pool.map(fetch, names))
    finally:
        ThreadingInstrumentor().uninstrument()
""",
    },
    wrong={
        "plain submit": Wrong(
            instead(THREADS, ("copy_context().run, fetch", "fetch")),
            "one request, but 4 traces",
        ),
        "one copy for all": Wrong(
            instead(
                THREADS,
                ("    tasks =", "    here = copy_context()\n    tasks ="),
                ("copy_context().run,", "here.run,"),
            ),
            "make one copy per task",
        ),
        "one copy for all, and nobody looks at the results": Wrong(
            """
from concurrent.futures import wait


def fan_out(pool, fetch, names):
    here = copy_context()
    wait([pool.submit(here.run, fetch, name) for name in names])
""",
            "was never run; the .result() of its task says why",
        ),
        "no pool at all": Wrong(
            """
def fan_out(pool, fetch, names):
    for name in names:
        fetch(name)
""",
            "fetch ran in 'MainThread', which is no thread of the pool",
        ),
        "a pool of its own": Wrong(
            """
from concurrent.futures import ThreadPoolExecutor


def fan_out(pool, fetch, names):
    with ThreadPoolExecutor(len(names)) as own:
        for name in names:
            own.submit(copy_context().run, fetch, name)
""",
            "fetch ran in 'ThreadPoolExecutor-",
        ),
        "does not wait": Wrong(
            """
def fan_out(pool, fetch, names):
    for name in names:
        pool.submit(copy_context().run, fetch, name)
""",
            "fan_out returned while fetch('messages') was still running",
        ),
        "one after the other": Wrong(
            """
def fan_out(pool, fetch, names):
    for name in names:
        pool.submit(copy_context().run, fetch, name).result()
""",
            "one fetch began only when another had ended",
        ),
        "shuts the pool down": Wrong(
            """
def fan_out(pool, fetch, names):
    with pool:
        for name in names:
            pool.submit(copy_context().run, fetch, name)
""",
            "fan_out has shut the pool down",
        ),
        "every name twice": Wrong(
            instead(THREADS, ("for name in names]", "for name in [*names, *names]]")),
            "fetch('feed') was run 2 times, not once",
        ),
    },
)
