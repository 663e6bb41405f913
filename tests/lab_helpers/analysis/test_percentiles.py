import math

import numpy as np
import pandas as pd
import pytest

from lab_helpers.analysis import (
    mean_of_percentiles,
    over_time,
    percentile,
    percentiles,
)


def test_p95_is_the_example_of_honeycombs_documentation() -> None:
    assert percentile([126, 57, 82, 23], 95) == pytest.approx(119.4)


def test_a_weight_counts_as_so_many_equal_values() -> None:
    values, weights = [5.0, 1.0, 30.0], [3, 1, 4]
    repeated = np.repeat(values, weights)
    for p in (0, 10, 50, 77, 95, 100):
        expected = float(np.percentile(repeated, p))
        assert percentile(values, p, weights) == pytest.approx(expected)


def test_without_weights_it_agrees_with_numpy() -> None:
    values = np.random.default_rng(1).exponential(50, 997)
    ours = percentiles(values, [1, 50, 95, 99.9])
    assert ours == pytest.approx(np.percentile(values, [1, 50, 95, 99.9]))


def test_missing_values_are_skipped_and_nothing_is_not_a_number() -> None:
    assert percentile([1, np.nan, 3], 50) == 2
    assert math.isnan(percentile([], 50))


def test_a_percentile_beyond_100_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 100"):
        percentile([1, 2], 999)


def test_steps_carry_count_mean_and_percentiles(two_bands: pd.DataFrame) -> None:
    steps = over_time(two_bands, step_s=300, ps=[50, 95])
    assert list(steps) == ["time", "count", "mean", "p50", "p95"]
    assert steps["count"].sum() == 3000
    assert steps["p95"].iloc[3] > 10 * steps["p95"].iloc[0]


def test_sample_rates_weigh_the_steps() -> None:
    start = pd.Timestamp("2026-03-02T10:00Z")
    rows = {"start": start, "duration_ms": [200.0, 1100.0], "sample_rate": [1, 9]}
    step = over_time(pd.DataFrame(rows)).iloc[0]
    assert (step["count"], step["mean"]) == (10, 1010)


def test_averaging_percentiles_lets_a_quiet_slow_minute_weigh_too_much() -> None:
    start = pd.Timestamp("2026-03-02T10:00Z")
    busy = pd.DataFrame({"start": start, "duration_ms": [10.0] * 990})
    quiet = pd.DataFrame(
        {"start": start + pd.Timedelta("1min"), "duration_ms": [1000.0] * 10}
    )
    trap = mean_of_percentiles(pd.concat([busy, quiet]), 95)
    assert (trap.true_ms, trap.mean_of_steps_ms) == (10, 505)
    assert "p95 of all spans is 10 ms" in repr(trap)
    assert "505 ms (50.50 times as much)" in repr(trap)
