"""One engine of CloudWatch's metrics over a store in a temporary folder."""

import pytest

from lab_emulators.aws.cloudwatch import CloudWatch
from lab_emulators.aws.errors import AwsError
from lab_emulators.store import Store

NOW = 1_700_000_100.0  # 15 s into a minute: 1,700,000,085 is none either


class Clock:
    """Seconds since the epoch, moved by hand."""

    def __init__(self, now):
        self.now = now

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock(NOW)


@pytest.fixture
def minute():
    """The start of a minute some minutes ago."""
    return int(NOW // 60) * 60 - 600


@pytest.fixture
def store(tmp_path):
    with Store.open(tmp_path / "metrics.duckdb") as opened:
        yield opened


@pytest.fixture
def metrics(store, clock):
    engine = CloudWatch(store, clock=clock, every_s=0)
    yield engine
    engine.close()


@pytest.fixture
def put(metrics):
    """Puts values of `lake/birds` at a time, with what else the datum says."""

    def send(at, *values, name="birds", **more):
        told = {"Values": list(values)} if values else {}
        datum = {"MetricName": name, "Timestamp": at, **told, **more}
        metrics.call("PutMetricData", {"Namespace": "lake", "MetricData": [datum]})

    return send


@pytest.fixture
def refused(metrics):
    """The code and the message of the error that a call is refused with."""

    def ask(operation, **given):
        with pytest.raises(AwsError) as caught:
            metrics.call(operation, given)
        return caught.value.code, caught.value.message

    return ask
