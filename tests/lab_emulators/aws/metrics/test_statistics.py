"""Statistics of a period, against values written out one by one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.metrics.statistics import SIMPLE, Spread, Summary, statistic_of

WEIGHTS = st.dictionaries(
    st.integers(-50, 50), st.integers(1, 9), min_size=1, max_size=12
)
SHARES = st.integers(0, 100)


def spread_of(weights):
    ordered = sorted(weights.items())
    values, counts = zip(*ordered, strict=True)
    return Spread(np.array(values, dtype=float), np.array(counts, dtype=float))


def written_out(weights):
    return sorted(v for value, n in weights.items() for v in [float(value)] * n)


def measured(text, weights):
    return statistic_of(text).of_spread(spread_of(weights))


@given(WEIGHTS, SHARES)
def test_percentiles_are_those_of_the_values_written_out(weights, share):
    expected = np.percentile(written_out(weights), share)
    assert measured(f"p{share}", weights) == pytest.approx(expected, abs=1e-9)


@given(WEIGHTS, SHARES, SHARES)
def test_trimming_by_percentages_keeps_that_part_of_every_value(weights, one, other):
    low, high = sorted((one, other))
    values = written_out(weights) * 100  # each value as a hundred equal parts
    values.sort()
    n = len(values) // 100
    kept = values[n * low : n * high]
    bounds = f"({low}%:{high}%)"
    assert measured(f"TC{bounds}", weights) == pytest.approx(len(kept) / 100)
    assert measured(f"TS{bounds}", weights) == pytest.approx(sum(kept) / 100, abs=1e-9)
    mean = measured(f"TM{bounds}", weights)
    assert mean == (pytest.approx(np.mean(kept), abs=1e-9) if kept else None)


@given(WEIGHTS, st.integers(-60, 60), st.integers(-60, 60))
def test_bounds_that_are_values_leave_out_the_lower_one(weights, one, other):
    low, high = sorted((one, other))
    values = written_out(weights)
    kept = [value for value in values if low < value <= high]
    bounds = f"({low}:{high})"
    assert measured(f"TC{bounds}", weights) == len(kept)
    assert measured(f"PR{bounds}", weights) == pytest.approx(
        100 * len(kept) / len(values)
    )
    clipped = np.clip(values, low, high).mean()
    assert measured(f"WM{bounds}", weights) == pytest.approx(clipped, abs=1e-9)


def test_a_winsorized_mean_moves_the_highest_values_to_the_boundary():
    weights = dict.fromkeys(range(1, 101), 1)
    expected = np.mean([*range(1, 99), 98, 98])
    assert measured("wm98", weights) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("IQM", "TM(25%:75%)"),
        ("tm90", "TM(:90%)"),
        ("ts5.5", "TS(0%:5.5%)"),
        ("tc80", "TC(:80%)"),
    ],
)
def test_a_short_name_is_the_same_as_the_long_one(short, long):
    weights = {1: 3, 2: 1, 7: 5}
    assert measured(short, weights) == measured(long, weights)


def test_percentile_rank_is_the_share_at_or_below_a_value():
    assert measured("PR(:300)", {100: 1, 300: 1, 301: 2}) == 50


def test_plain_statistics_come_from_what_adds_up():
    told = {n: statistic_of(n).of_summary(Summary(4, 10, 1, 5)) for n in SIMPLE}
    expected = {"SampleCount": 4, "Sum": 10, "Average": 2.5}
    assert told == expected | {"Minimum": 1, "Maximum": 5}


@pytest.mark.parametrize(
    "text",
    ["", "average", "p101", "p", "tm", "TM(1%:5)", "TM(:)", "TM(90%:10%)", "PR(1%:5%)",
     "TM(:%)", "TM(0%:101%)", "p99.12345678901", "Median"],
)  # fmt: skip
def test_what_is_no_statistic_is_refused(text):
    with pytest.raises(AwsError) as caught:
        statistic_of(text)
    assert caught.value.code == "InvalidParameterValue"
