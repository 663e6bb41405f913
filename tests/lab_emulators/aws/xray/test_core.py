"""Times in parameters, as numbers or as the datetimes that parsers make."""

from datetime import UTC, datetime
from typing import Any

import pytest

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.xray.core import seconds, time_range


@pytest.mark.parametrize(
    "value", [100, 100.0, datetime.fromtimestamp(100, UTC)], ids=repr
)
def test_a_time_is_a_number_or_a_datetime(value: object) -> None:
    assert seconds({"StartTime": value}, "StartTime") == 100.0


@pytest.mark.parametrize("value", [None, "100", True])
def test_anything_else_is_refused_by_name(value: object) -> None:
    with pytest.raises(AwsError, match="StartTime is required and must be a time"):
        seconds({"StartTime": value}, "StartTime")


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [(5, 5, "later"), (6, 5, "later"), (0, 6 * 3600 + 1, "longer than 6 hours")],
)
def test_a_range_is_neither_empty_nor_too_long(
    start: float, end: float, message: str
) -> None:
    given: dict[str, Any] = {"StartTime": start, "EndTime": end}
    with pytest.raises(AwsError, match=message) as caught:
        time_range(given, 6)
    assert caught.value.code == "InvalidRequestException"
    assert time_range({"StartTime": 0, "EndTime": 6 * 3600}, 6) == (0, 21600)
