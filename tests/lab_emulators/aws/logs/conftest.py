"""One CloudWatch Logs engine over a store in a temporary folder."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.logs.engine import Logs
from lab_emulators.store import Store

NOW = 1_700_000_040.0  # the beginning of a minute


class Clock:
    """Seconds since the epoch, moved by hand."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "logs.duckdb") as opened:
        yield opened


@pytest.fixture
def logs(store: Store, clock: Clock) -> Iterator[Logs]:
    engine = Logs(store, clock=clock)
    yield engine
    engine.close()


@pytest.fixture
def call(logs: Logs) -> Callable[..., dict[str, Any]]:
    """An operation with its parameters as keywords."""

    def called(operation: str, **parameters: Any) -> dict[str, Any]:
        return logs.call(operation, parameters)

    return called


@pytest.fixture
def refused(logs: Logs) -> Callable[..., AwsError]:
    """The AwsError of a call that must be refused."""

    def caught(operation: str, **parameters: Any) -> AwsError:
        with pytest.raises(AwsError) as error:
            logs.call(operation, parameters)
        return error.value

    return caught


@pytest.fixture
def put(call: Callable[..., dict[str, Any]], clock: Clock) -> Callable[..., None]:
    """Puts messages into stream `s` of group `g`, each at so many seconds from now."""
    call("CreateLogGroup", logGroupName="g")
    call("CreateLogStream", logGroupName="g", logStreamName="s")

    def events(*messages: str, at: float = 0.0) -> None:
        stamp = int((clock.now + at) * 1000)
        given = [{"timestamp": stamp, "message": text} for text in messages]
        call("PutLogEvents", logGroupName="g", logStreamName="s", logEvents=given)

    return events


@pytest.fixture
def published(logs: Logs) -> list[Any]:
    """The metric data that leave the engine from now on."""
    data: list[Any] = []
    logs.core.publish_metrics = data.extend
    return data
