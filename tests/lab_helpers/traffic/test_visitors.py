"""The visitors' process: on time, and made of the standard library alone."""

import json
import subprocess
import sys

import pytest

from lab_helpers.traffic import visitors
from lab_helpers.traffic.visitors import Address, dispatch, visit

NOBODY = Address("127.0.0.1", 9)
REQUEST = {"at": 0.0, "method": "GET", "path": "/", "headers": {}, "body": None}


class Clock:
    """Time that passes only while somebody sleeps, and then a little more."""

    def __init__(self, oversleep_s=0.0):
        self.now, self.oversleep_s, self.sleeps = 100.0, oversleep_s, []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.sleeps.append(round(seconds, 6))
        self.now += seconds + self.oversleep_s


def at(*moments):
    return [REQUEST | {"at": moment} for moment in moments]


def test_requests_are_sent_at_their_moments_after_the_start():
    clock, sent = Clock(), []
    dispatch(
        at(0.5, 0.75, 2.0),
        lambda number, due: sent.append((number, due)),
        1,
        clock=clock,
        sleep=clock.sleep,
    )
    assert sent == [(0, 100.5), (1, 100.75), (2, 102.0)]
    assert clock.sleeps == [0.5, 0.25, 1.25]


def test_a_late_awakening_delays_no_request_but_the_next():
    clock = Clock(oversleep_s=0.4)
    dispatch(at(0.5, 0.75, 2.0), lambda *_: None, 1, clock=clock, sleep=clock.sleep)
    assert clock.sleeps == [0.5, 0.0, 0.7]


def test_what_goes_wrong_in_a_thread_goes_wrong_for_all():
    def fail(number, due):
        raise RuntimeError(f"request {number}")

    clock = Clock()
    with pytest.raises(RuntimeError, match="request 0"):
        dispatch(at(0.1), fail, 1, clock=clock, sleep=clock.sleep)


def test_no_answer_is_status_0_and_lateness_counts_from_the_plan(monkeypatch):
    monkeypatch.setattr(visitors.time, "perf_counter", iter([7.5, 7.75]).__next__)
    number, start_ns, late_ms, status, duration_ms = visit(NOBODY, REQUEST, 3, 7.25)
    assert (number, late_ms, status, duration_ms) == (3, 250.0, 0, 250.0)
    assert start_ns > 0


def test_who_leaves_before_the_planned_moment_is_not_late(monkeypatch):
    monkeypatch.setattr(visitors.time, "perf_counter", iter([7.2, 7.3]).__next__)
    assert visit(NOBODY, REQUEST, 0, 7.25)[2] == 0


def test_the_process_needs_no_package_and_says_each_outcome_in_a_line():
    order = {"host": NOBODY.host, "port": NOBODY.port, "secure": False, "at_once": 2}
    line = json.dumps(order | {"requests": [REQUEST, REQUEST]}).encode() + b"\n"
    child = subprocess.Popen(
        [sys.executable, "-I", "-S", visitors.__file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    child.stdin.write(line)
    child.stdin.flush()
    outcomes = [json.loads(child.stdout.readline()) for _ in range(2)]
    assert sorted(outcome[0] for outcome in outcomes) == [0, 1]
    assert {outcome[3] for outcome in outcomes} == {0}
    assert child.wait(60) == 0  # by itself: its standard input is open
    child.communicate()


def test_the_process_ends_when_its_standard_input_closes():
    """Whatever it waits for: nobody is left to hear the answer."""
    order = {"host": NOBODY.host, "port": NOBODY.port, "secure": False, "at_once": 1}
    line = json.dumps(order | {"requests": at(600.0)}).encode() + b"\n"
    done = subprocess.run(
        [sys.executable, "-I", "-S", visitors.__file__],
        input=line,
        capture_output=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", b"")
