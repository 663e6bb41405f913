"""Alarms over a store in a temporary folder, with a clock moved by hand."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lab_emulators.aws.alarms.actions import Outlets
from lab_emulators.aws.alarms.engine import Alarms
from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.metrics.core import MetricsCore
from lab_emulators.aws.metrics.model import Datum
from lab_emulators.aws.metrics.repository.datapoints_table import DatapointsTable
from lab_emulators.store import Store

MINUTE = 60
START = 1_700_000_040.0  # a whole minute


class Clock:
    """Seconds since the epoch, moved by hand."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Desk:
    """One engine's alarms: calls them, and keeps what they told others."""

    def __init__(self, core: MetricsCore) -> None:
        self.core = core
        self.published: list[tuple[str, str, str]] = []
        self.events: list[Any] = []
        self.configured: list[Any] = []
        self.fails: AwsError | None = None
        self.restart()

    def restart(self) -> None:
        """As another process over the same store would."""
        outlets = Outlets(self._publish, self._emit)
        self.alarms = Alarms(self.core, outlets, every_s=0)

    def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        return self.alarms.operations[operation](parameters)

    def refusal(self, operation: str, **parameters: Any) -> AwsError:
        with pytest.raises(AwsError) as caught:
            self.call(operation, **parameters)
        return caught.value

    def state(self, name: str = "slow") -> str:
        types = ["MetricAlarm", "CompositeAlarm"]
        found = self.call("DescribeAlarms", AlarmNames=[name], AlarmTypes=types)
        (alarm,) = found["MetricAlarms"] + found["CompositeAlarms"]
        return str(alarm["StateValue"])

    def put(self, **settings: Any) -> None:
        self.call("PutMetricAlarm", **{**SLOW, **settings})

    def summaries(self, name: str = "slow", **given: Any) -> list[str]:
        """What the history says of an alarm, the oldest first."""
        given = {"AlarmName": name, "ScanBy": "TimestampAscending", **given}
        items = self.call("DescribeAlarmHistory", **given)["AlarmHistoryItems"]
        return [item["HistorySummary"] for item in items]

    def measure(self, value: float, ago: float = 0, *, count: float = 1) -> None:
        """Put a value of the metric measured `ago` seconds before the clock's time."""
        at = self.core.clock() - ago
        datum = Datum("Kittiwake", "Latency", (), at, (value,), (count,))
        self.core.datapoints.put([datum])

    def _publish(self, topic: str, message: str, subject: str) -> None:
        if self.fails:
            raise self.fails
        self.published.append((topic, message, subject))

    def _emit(self, event: Any) -> None:
        changed = event["detail-type"] == "CloudWatch Alarm State Change"
        (self.events if changed else self.configured).append(event)


SLOW = {
    "AlarmName": "slow",
    "Namespace": "Kittiwake",
    "MetricName": "Latency",
    "Statistic": "Average",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 500,
    "ComparisonOperator": "GreaterThanThreshold",
}


@pytest.fixture
def topic() -> str:
    return "arn:aws:sns:us-east-1:123456789012:alerts"


@pytest.fixture
def clock() -> Clock:
    return Clock(START)


@pytest.fixture
def core(tmp_path: Path, clock: Clock) -> Iterator[MetricsCore]:
    with Store.open(tmp_path / "metrics.duckdb") as store:
        yield MetricsCore(datapoints=DatapointsTable(store), store=store, clock=clock)


@pytest.fixture
def desk(core: MetricsCore) -> Desk:
    """Alarms without a thread; `tick` and the clock are the test's."""
    return Desk(core)


@pytest.fixture
def due(desk: Desk, clock: Clock) -> Callable[[float], list[str]]:
    """Lets time pass and the alarms be evaluated as their thread would; who changed."""

    def wait(seconds: float) -> list[str]:
        clock.now += seconds
        before = len(desk.events)
        desk.alarms._work()
        return [event["detail"]["alarmName"] for event in desk.events[before:]]

    return wait
