"""Whether a child process makes progress, however slowly."""

import subprocess
import sys

import pytest

from lab_helpers.waiting import child
from lab_helpers.waiting.child import ChildActivity


class Clock:
    """Seconds that pass when told to."""

    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def watched(monkeypatch):
    """An activity, its clock, and the processor seconds that it is shown."""
    used, clock = [0.0], Clock()
    monkeypatch.setattr(child, "_processor_s", lambda pid: used[0])
    return ChildActivity(1, clock), clock, used


def idle_after(watched, seconds, per_second):
    activity, clock, used = watched
    for _ in range(seconds):
        clock.now += 1
        used[0] += per_second
        idle = activity.idle_s()
    return idle


def test_a_process_that_uses_no_time_is_idle(watched):
    assert idle_after(watched, 90, 0.0) == 90


def test_a_very_slow_process_is_not(watched):
    assert idle_after(watched, 90, 0.01) < 10


def test_a_computer_that_slept_has_not_been_idle_for_it(watched):
    watched[1].now += 3600
    assert watched[0].idle_s() <= 1


def test_a_real_process_that_works_makes_progress_and_one_that_ended_does_not():
    work = "while True: pass"
    with subprocess.Popen([sys.executable, "-c", work]) as process:
        try:
            while not child._processor_s(process.pid) > child.BUSY_S:
                assert process.poll() is None
        finally:
            process.kill()
    assert child._processor_s(process.pid) == 0.0
