"""The engine as a whole: what lasts, what is forgotten, what it lacks."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab_emulators.aws.cloudwatch import CloudWatch
from lab_emulators.aws.metrics.model import Datum, Metric
from lab_emulators.store import Store

BIRDS = Metric("lake", "birds")


def test_data_points_are_there_after_the_store_was_closed(tmp_path, clock, minute):
    for expected in ({minute: 1.0}, {minute: 2.0}):
        with Store.open(tmp_path / "kept.duckdb") as store:
            metrics = CloudWatch(store, clock=clock, every_s=0)
            datum = Datum("lake", "birds", (), minute, (1.0,), (1.0,))
            metrics.core.datapoints.put([datum])
            found = metrics.core.series(BIRDS, "Sum", minute, minute + 60, period_s=60)
            metrics.close()
        assert found == expected


def test_reset_forgets_everything_and_goes_on(metrics, put, minute):
    put(minute, 1)
    metrics.reset()
    assert metrics.call("ListMetrics", {})["Metrics"] == []
    put(minute, 1)
    assert len(metrics.call("ListMetrics", {})["Metrics"]) == 1


def test_what_there_is_not_is_told_by_name(refused):
    code, text = refused("GetMetricWidgetImage")
    assert (code, text) == (
        "NotImplementedException",
        "not emulated locally: cloudwatch.GetMetricWidgetImage",
    )


def test_namespaces_and_names_tell_upper_from_lower_case(metrics, minute):
    data = [
        Datum(namespace, name, (), minute, (float(n),), (1.0,))
        for n, (namespace, name) in enumerate([("a", "m"), ("A", "m"), ("a", "M")])
    ]
    metrics.core.datapoints.put(data)
    found = [
        metrics.core.series(datum.metric, "Sum", minute, minute + 60, period_s=60)
        for datum in data
    ]
    assert found == [{minute: 0.0}, {minute: 1.0}, {minute: 2.0}]


DATA = st.lists(
    st.tuples(st.integers(0, 599), st.integers(-9, 9), st.integers(1, 5)),
    min_size=1,
    max_size=20,
)
PERIODS = st.sampled_from([1, 5, 10, 30, 60, 120, 300])


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    path = tmp_path_factory.mktemp("metrics") / "shared.duckdb"
    with Store.open(path) as store:
        yield CloudWatch(store, every_s=0)


@settings(max_examples=2 * settings().max_examples)
@given(DATA, PERIODS, st.integers(0, 300), st.integers(301, 700))
def test_each_value_counts_in_the_period_that_holds_its_time(
    shared, data, period, start, end
):
    shared.reset()
    datapoints = shared.core.datapoints
    datapoints.put(
        [
            Datum("lake", "birds", (), at, (float(value),), (float(n),), resolution=1)
            for at, value, n in data
        ]
    )
    expected = {}
    for at, value, n in data:
        if start <= at < end:
            begin = start + (at - start) // period * period
            expected.setdefault(begin, []).extend([value] * n)
    sums = shared.core.series(BIRDS, "Sum", start, end, period_s=period)
    assert sums == {at: sum(values) for at, values in expected.items()}
    assert list(sums) == sorted(sums)
    least = shared.core.series(BIRDS, "p0", start, end, period_s=period)
    assert least == {at: min(values) for at, values in expected.items()}
