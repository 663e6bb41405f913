import pandas as pd
import pytest

from lab_helpers.analysis import HeatmapGrid
from lab_helpers.clients import HoneycombError
from lab_helpers.clients.honeycomb.heatmaps import calculation, cells


def _step(minute: int, key: str, low: float, step: float, counts: list[int]):
    histogram = {
        "counts": counts,
        "min_value": low,
        "max_value": low + step * len(counts),
        "step_size": step,
    }
    return {"time": f"2026-03-02T10:{minute:02}:00Z", "data": {key: histogram}}


def test_a_logarithmic_heatmap_asks_for_the_logarithm(fake, client) -> None:
    fake.add_dataset("api")
    client.heatmap("api", filters=[{"column": "name", "op": "exists"}], granularity=60)
    (spec,) = fake.bodies("POST /1/queries")
    assert spec == {
        "calculated_fields": [
            {"name": "log10_duration_ms", "expression": 'LOG10($"duration_ms")'}
        ],
        "calculations": [{"op": "HEATMAP", "column": "log10_duration_ms"}],
        "filters": [{"column": "name", "op": "exists"}],
        "granularity": 60,
        "time_range": 7200,
    }


def test_a_linear_heatmap_asks_for_the_column_itself() -> None:
    assert calculation("duration_ms", "linear") == {
        "calculations": [{"op": "HEATMAP", "column": "duration_ms"}]
    }
    with pytest.raises(ValueError, match="'linear' or 'log'"):
        calculation("duration_ms", "logarithmic")  # type: ignore[arg-type]


def test_exponents_become_milliseconds_again(fake, client) -> None:
    fake.add_dataset("api")
    key = "HEATMAP(log10_duration_ms)"
    fake.data["series"] = [_step(0, key, 1, 0.5, [3, 4]), _step(2, key, 1, 0.5, [5, 6])]
    frame = client.heatmap("api")
    assert frame["low"].tolist() == pytest.approx([10, 31.6, 10, 31.6], rel=1e-2)
    assert frame["high"].tolist() == pytest.approx([31.6, 100, 31.6, 100], rel=1e-2)
    assert frame["count"].tolist() == [3, 4, 5, 6]
    assert (frame.attrs["unit"], frame.attrs["scale"]) == ("ms", "log")
    assert frame.attrs["step_s"] == 120


def test_the_frame_becomes_a_grid(fake, client) -> None:
    fake.add_dataset("api")
    fake.echo = {"granularity": 60}
    key = "HEATMAP(duration_ms)"
    fake.data["series"] = [
        _step(0, key, 0, 50, [1, 2]),
        {"time": "2026-03-02T10:01:00Z", "data": {}},
        _step(2, key, 0, 50, [3, 0]),
    ]
    grid = HeatmapGrid.from_frame(client.heatmap("api", scale="linear"))
    assert grid.counts.tolist() == [[1, 0, 3], [2, 0, 0]]
    assert grid.edges.tolist() == [0, 50, 100]


def test_a_window_is_given_by_its_ends(fake, client) -> None:
    fake.add_dataset("api")
    client.heatmap("api", time_range=(1000.0, 2000.0))
    (spec,) = fake.bodies("POST /1/queries")
    assert (spec["start_time"], spec["end_time"]) == (1000, 2000)
    assert "time_range" not in spec


def test_nothing_gives_an_empty_frame_of_the_right_types() -> None:
    frame = cells([], "log")
    assert list(frame) == ["time", "low", "high", "count"]
    assert isinstance(frame["time"].dtype, pd.DatetimeTZDtype)
    assert HeatmapGrid.from_frame(frame).total == 0


def test_another_shape_than_a_histogram_is_named() -> None:
    step = {"time": "2026-03-02T10:00:00Z", "data": {"HEATMAP(duration_ms)": 12}}
    with pytest.raises(HoneycombError, match="min_value and step_size, got 12"):
        cells([step], "linear")
