"""The heartbeat tells waiting from working; clocks are given, nothing is timed."""

import itertools
import json
import math
import subprocess
import sys
import time

import pytest

from lab_helpers.traffic import heartbeat
from lab_helpers.traffic.heartbeat import GAP_S, PAUSE_S, WORK_S, Heartbeat, heart


class Processor:
    """A clock that others stop for `gaps[n]` seconds at its nth reading."""

    def __init__(self, step_s=WORK_S / 20, gaps=(), oversleep_s=0.0):
        self.now, self.step_s, self.gaps = 0.0, step_s, dict(gaps)
        self.oversleep_s, self.readings = oversleep_s, itertools.count()

    def clock(self):
        self.now += self.gaps.get(next(self.readings), self.step_s)
        return self.now

    def sleep(self, seconds):
        self.now += seconds - self.step_s + self.oversleep_s


def beat(processor):
    measured = Heartbeat()
    measured.beat(processor.clock, processor.sleep)
    return measured


def test_a_beat_alone_on_its_machine_gets_all_it_wanted():
    measured = beat(Processor())
    assert measured.beats == 1
    assert measured.worked_s == pytest.approx(WORK_S, rel=0.1)
    assert measured.share == pytest.approx(1.0)


def test_a_late_awakening_is_waiting():
    measured = beat(Processor(oversleep_s=WORK_S))
    assert measured.waited_s == pytest.approx(WORK_S)
    assert measured.share == pytest.approx(0.5, rel=0.1)


def test_a_gap_while_it_works_is_waiting_and_the_work_is_still_done():
    measured = beat(Processor(gaps={5: 3 * WORK_S}))
    assert measured.waited_s == pytest.approx(3 * WORK_S)
    assert measured.worked_s == pytest.approx(WORK_S, rel=0.1)
    assert measured.share == pytest.approx(0.25, rel=0.1)


def test_an_interrupt_is_no_gap():
    assert beat(Processor(gaps={5: GAP_S})).waited_s == pytest.approx(0.0)


def test_beats_add_up():
    measured, processor = Heartbeat(), Processor()
    for _ in range(3):
        measured.beat(processor.clock, processor.sleep)
    assert measured.beats == 3
    assert processor.now > 3 * (PAUSE_S + WORK_S)


def test_without_a_beat_there_is_no_share():
    assert math.isnan(Heartbeat().share)


def test_a_heart_beats_beside_its_block_and_ends_with_it(monkeypatch):
    children = watch_children(monkeypatch)
    with heart() as measured:
        assert children[0].poll() is None
        assert measured.beats == 0
    assert children[0].returncode == 0


def test_a_heart_counts_its_beats_and_its_work():
    def beaten(seconds):
        with heart() as measured:
            time.sleep(seconds)
        return measured

    longer = map(beaten, (0.3, 3, 30))  # until the process has had time for a beat
    measured = next(one for one in longer if one.beats)
    assert measured.worked_s >= measured.beats * WORK_S > 0


def test_an_error_in_the_block_comes_out_and_ends_the_heart(monkeypatch):
    children = watch_children(monkeypatch)
    with pytest.raises(KeyboardInterrupt), heart():
        raise KeyboardInterrupt
    assert children[0].returncode == 0


def test_a_heart_that_was_killed_measures_nothing_and_hurts_nobody(monkeypatch):
    children = watch_children(monkeypatch)
    with heart() as measured:
        children[0].kill()
        children[0].wait()
    assert math.isnan(measured.share)


def test_a_heart_that_gets_no_time_to_end_got_nothing_at_all(tmp_path, monkeypatch):
    script = tmp_path / "deaf.py"
    script.write_text("import time\ntime.sleep(600)", "utf-8")
    monkeypatch.setattr(heartbeat, "__file__", str(script))
    monkeypatch.setattr(heartbeat, "END_SECONDS", 0.05)
    children = watch_children(monkeypatch)
    with heart() as measured:
        pass
    assert measured.share == 0
    assert children[0].returncode is not None


def test_the_process_prints_its_sums_when_its_standard_input_closes():
    command = [sys.executable, "-I", "-S", heartbeat.__file__]
    done = subprocess.run(command, input=b"", capture_output=True, check=True)
    assert len(json.loads(done.stdout)) == 3
    assert done.stderr == b""


def watch_children(monkeypatch):
    """Every child process that is started from now on."""
    children, popen = [], subprocess.Popen

    def start(*arguments, **options):
        children.append(popen(*arguments, **options))
        return children[-1]

    monkeypatch.setattr(heartbeat.subprocess, "Popen", start)
    return children
