"""The parts of one X-Ray engine over a store in a temporary folder."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lab_helpers.emulators.aws.errors import AwsError
from lab_helpers.emulators.aws.xray.archive import Archive
from lab_helpers.emulators.aws.xray.core import Core
from lab_helpers.emulators.store import Store


class Clock:
    """Seconds since the epoch, moved by hand."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock(1_700_000_000.0)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "segments.duckdb") as opened:
        yield opened


@pytest.fixture
def core(store: Store, clock: Clock) -> Core:
    return Core(Archive(store), store, clock)


@pytest.fixture
def refusal() -> Callable[..., AwsError]:
    """The AwsError of a call that must be refused."""

    def refused(operation: Callable[[dict[str, Any]], Any], **given: Any) -> AwsError:
        with pytest.raises(AwsError) as caught:
            operation(given)
        return caught.value

    return refused
