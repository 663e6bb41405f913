"""The thread that evaluates alarms: there when there is something to do."""

import logging
import threading

import pytest

from lab_emulators.aws.alarms.periodic_thread import PeriodicThread
from lab_emulators.aws.cloudwatch import CloudWatch
from lab_emulators.store import Store

NAME = "ticking under test"


def threads(name=NAME):
    return [thread for thread in threading.enumerate() if thread.name == name]


@pytest.fixture
def ticking():
    """Makes one that is stopped after the test."""
    made = []

    def make(work):
        made.append(PeriodicThread(NAME, work, 0.01))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_there_is_no_thread_before_it_is_woken(ticking):
    ticking(lambda: True)
    assert threads() == []


def test_it_comes_back_until_there_is_nothing_to_do(ticking):
    left = [True, True, False, True]
    done = threading.Event()
    calls = []

    def work():
        calls.append(1)
        again = left.pop(0)
        if not again:
            done.set()
        return again

    ticking(work).wake()
    assert done.wait(10)
    assert not threading.Event().wait(0.1)
    assert len(calls) == 3


def test_what_is_raised_is_logged_and_does_not_end_it(ticking, caplog):
    went_on = threading.Event()

    def work():
        if caplog.records:
            went_on.set()
            return False
        raise ValueError("broken")

    with caplog.at_level(logging.ERROR):
        ticking(work).wake()
        assert went_on.wait(10)
    assert "broken" in caplog.text


def test_closing_ends_the_thread_for_good(ticking):
    made = ticking(lambda: True)
    made.wake()
    (thread,) = threads()
    assert thread.daemon
    made.close()
    made.wake()
    assert threads() == []


def test_the_engine_ticks_only_with_alarms_and_stops_when_closed(tmp_path):
    with Store.open(tmp_path / "m.duckdb") as store:
        engine = CloudWatch(store, every_s=0.01)
        assert threads("alarms") == []
        engine.call("PutMetricAlarm", ALARM)
        assert len(threads("alarms")) == 1
        engine.reset()
        assert threads("alarms") == []
        engine.call("PutMetricAlarm", ALARM)
        engine.close()
        assert threads("alarms") == []


def test_alarms_of_an_earlier_process_are_evaluated_from_the_start(tmp_path):
    with Store.open(tmp_path / "m.duckdb") as store:
        CloudWatch(store, every_s=0).call("PutMetricAlarm", ALARM)
    with Store.open(tmp_path / "m.duckdb") as store:
        engine = CloudWatch(store, every_s=0.01)
        assert len(threads("alarms")) == 1
        (alarm,) = engine.call("DescribeAlarms", {})["MetricAlarms"]
        assert ALARM.items() <= alarm.items()
        engine.close()


ALARM = {
    "AlarmName": "slow",
    "Namespace": "Kittiwake",
    "MetricName": "Latency",
    "Statistic": "Average",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 500.0,
    "ComparisonOperator": "GreaterThanThreshold",
}
