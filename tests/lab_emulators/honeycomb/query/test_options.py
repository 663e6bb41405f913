"""The members of a query-result request."""

from typing import Any

import pytest

from lab_emulators.honeycomb.query import (
    ResultOptions,
    Schema,
    SpecError,
    effective_limit,
    parse_options,
    parse_spec,
)


def test_the_defaults_are_series_but_no_totals() -> None:
    assert parse_options({"query_id": "x"}) == ResultOptions(
        disable_series=False,
        disable_total_by_aggregate=True,
        disable_other_by_aggregate=True,
        limit=None,
    )


def test_everything_can_be_switched() -> None:
    sent = {
        "disable_series": True,
        "disable_total_by_aggregate": False,
        "limit": 10_000,
    }
    assert parse_options(sent | {"limit": 10_000.0}).limit == 10_000  # as in queries
    options = parse_options(sent, truncate_window=True)
    assert options.disable_series and not options.disable_total_by_aggregate
    assert (options.limit, options.truncate_window) == (10_000, True)


@pytest.mark.parametrize(
    "document, status",
    [
        ([], 400),
        ({"disable_series": 1}, 422),
        ({"limit": 10_001}, 422),
        ({"limit": 0}, 422),
        ({"limit": True}, 422),
    ],
)
def test_wrong_options_are_refused(document: Any, status: int) -> None:
    with pytest.raises(SpecError) as caught:
        parse_options(document)
    assert caught.value.status == status


@pytest.mark.parametrize(
    "spec, options, expected",
    [
        ({}, {}, 1000),
        ({"limit": 5}, {}, 5),
        ({"limit": 5}, {"limit": 50}, 5),
        ({"limit": 5}, {"limit": 50, "disable_series": True}, 50),
    ],
)
def test_the_effective_limit(spec: Any, options: Any, expected: int) -> None:
    checked = parse_spec(spec, Schema({}))
    assert effective_limit(checked, ResultOptions(**options)) == expected
