"""Runs of visitors: requests leave on time, whether or not answers come."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Never, TypeAlias

import pandas as pd
from tqdm.auto import tqdm

from lab_helpers.traffic.plan import Arrival, plan
from lab_helpers.traffic.report import COLUMNS, Report
from lab_helpers.traffic.wire import TIMEOUT_SECONDS, Address, ask

MOST_VISITORS_AT_ONCE = 400

Bar: TypeAlias = "tqdm[Never]"


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of a run: its start (ns since the epoch), delay, status, latency."""

    arrival: Arrival
    start_ns: int
    late_ms: float
    status: int
    duration_ms: float


def run(
    base_url: str,
    *,
    seconds: float = 10,
    rate: float = 20,
    seed: int = 7,
    progress: bool = True,
) -> Report:
    """Sends visitors to the app at `base_url` for a while; returns their Report.

    `rate` is requests per second on average. Who asks for what and when is decided by
    `seed` beforehand; a slow app does not slow the visitors down. NothingListens if
    there is no app, before anything is sent; ValueError for impossible numbers.
    """
    address = Address.of(base_url)
    arrivals = plan(seconds, rate, seed)
    address.ensure_listening()
    at_once = min(MOST_VISITORS_AT_ONCE, math.ceil(rate * TIMEOUT_SECONDS))
    bar: Bar = tqdm(total=len(arrivals), desc="visits", disable=not progress)
    with bar, ThreadPoolExecutor(at_once, "kittiwake-visitor") as pool:
        visits = _dispatch(address, arrivals, pool, bar)
    return Report(base_url, seconds, seed, _frame(visits))


def _dispatch(
    address: Address,
    arrivals: Sequence[Arrival],
    pool: ThreadPoolExecutor,
    bar: Bar,
) -> list[Visit]:
    begin = time.perf_counter()
    sent: list[Future[Visit]] = []
    pending: list[Future[Visit]] = []
    try:
        for arrival in arrivals:
            time.sleep(max(0.0, begin + arrival.at - time.perf_counter()))
            sent.append(pool.submit(_visit, address, arrival, begin))
            pending = _still_open([*pending, sent[-1]], bar)
        while pending:
            wait(pending, timeout=0.2)
            pending = _still_open(pending, bar)
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    return [future.result() for future in sent]


def _visit(address: Address, arrival: Arrival, begin: float) -> Visit:
    errand = arrival.errand
    start, start_ns = time.perf_counter(), time.time_ns()
    try:
        status, _ = ask(
            address, errand.method, errand.path, user=arrival.user, body=errand.body
        )
    except OSError:
        status = 0  # no answer is an outcome, and the report counts it
    took = time.perf_counter() - start
    late = max(0.0, start - begin - arrival.at)
    return Visit(arrival, start_ns, late * 1000, status, took * 1000)


def _still_open(visits: Sequence[Future[Visit]], bar: Bar) -> list[Future[Visit]]:
    # The bar moves in this thread only: in a notebook it belongs to the cell's thread.
    pending = [future for future in visits if not future.done()]
    bar.update(len(visits) - len(pending))
    return pending


def _frame(visits: Iterable[Visit]) -> pd.DataFrame:
    rows = [
        (
            visit.start_ns,
            visit.arrival.errand.route,
            visit.arrival.errand.method,
            visit.status,
            visit.duration_ms,
            visit.arrival.habit,
            visit.arrival.user,
            visit.late_ms,
        )
        for visit in visits
    ]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.assign(start=pd.to_datetime(frame["start"], unit="ns", utc=True))
