"""Histograms as values."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    ExponentialHistogramDataPoint,
    HistogramDataPoint,
)

from lab_emulators.aws.metrics.otlp.buckets import Histogram, explicit, exponential

BOUNDS = [0.0, 5.0, 10.0, 25.0]
MEASURED = st.lists(st.floats(0.001, 60), min_size=1, max_size=40)


def histogram(values):
    counts = [0] * (len(BOUNDS) + 1)
    for value in values:
        counts[sum(value > bound for bound in BOUNDS)] += 1
    return HistogramDataPoint(
        count=len(values),
        sum=math.fsum(values),
        explicit_bounds=BOUNDS,
        bucket_counts=counts,
    )


def powers(values, scale):
    finest = [math.ceil(math.log2(value) * 4) - 1 for value in values]
    places = [place >> (2 - scale) for place in finest]  # the same at every scale
    first = min(places)
    counts = [0] * (max(places) - first + 1)
    for place in places:
        counts[place - first] += 1
    return ExponentialHistogramDataPoint(
        scale=scale,
        count=len(values),
        sum=math.fsum(values),
        positive={"offset": first, "bucket_counts": counts},
    )


def total(found):
    values, counts = found.values()
    return sum(v * n for v, n in zip(values, counts, strict=True)), sum(counts)


@given(MEASURED)
def test_the_values_of_buckets_add_up_to_what_was_measured(measured):
    for found in (explicit(histogram(measured)), exponential(powers(measured, 2))):
        assert total(found) == pytest.approx((math.fsum(measured), len(measured)))


@given(MEASURED)
def test_every_value_lies_in_its_bucket(measured):
    values, counts = explicit(histogram(measured)).values()
    expected = [n for n in histogram(measured).bucket_counts if n]
    assert list(counts) == expected
    inside = [sum(v > bound for bound in BOUNDS) for v in values if v not in BOUNDS]
    filled = [p for p, n in enumerate(histogram(measured).bucket_counts) if n]
    assert set(inside) <= set(filled)


@given(MEASURED, MEASURED, st.sampled_from([0, 1, 2]))
def test_what_came_since_is_the_difference_even_to_narrower_buckets(one, other, scale):
    before = exponential(powers(one, 2))
    since = exponential(powers(one + other, scale)).less(before)
    assert total(since)[1] == len(other)
    assert since.total == pytest.approx(math.fsum(other), abs=1e-9)


def test_a_smaller_count_than_before_has_begun_anew():
    before, after = (explicit(histogram(values)) for values in ([1, 2, 3], [1]))
    assert after.less(before) is None


def test_without_bounds_all_values_are_as_one():
    point = HistogramDataPoint(count=4, sum=10)
    assert explicit(point).values() == ((2.5,), (4.0,))


def test_zero_and_negative_buckets_are_values_too():
    point = ExponentialHistogramDataPoint(
        scale=0,
        count=3,
        sum=0.0,
        zero_count=1,
        positive={"offset": 0, "bucket_counts": [1]},
        negative={"offset": 0, "bucket_counts": [1]},
    )
    values, counts = exponential(point).values()
    assert (values, counts) == ((-1.5, 0.0, 1.5), (1, 1, 1))


def test_an_empty_histogram_has_no_values():
    assert Histogram({}, 0.0).values() == ((), ())
