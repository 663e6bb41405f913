import pandas as pd
import pytest

from lab_helpers.clients.honeycomb.frames import column, label, of_result, utc


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([1, 2], "int64"),
        ([1, None], "Int64"),
        ([1, 2.5], "float64"),
        ([1.5, None], "float64"),
        ([True, False], "bool"),
        ([True, None], "boolean"),
        (["a", None], "str"),
        (["a", 1], "object"),
        ([], "object"),
    ],
)
def test_a_column_has_the_type_its_values_share(values: list, dtype: str) -> None:
    assert column(values).dtype == dtype


def test_big_integers_keep_every_digit() -> None:
    assert column([2**53 + 1, None])[0] == 2**53 + 1


def test_percentiles_are_fractions_even_when_whole() -> None:
    assert column([100, 200], "P95(duration_ms)").dtype == "float64"
    assert column([100, 200], "MAX(items)").dtype == "int64"


def test_a_named_calculation_goes_by_its_name() -> None:
    assert label({"op": "COUNT", "name": "errors"}) == "errors"
    assert label({"op": "P99", "column": "duration_ms"}) == "P99(duration_ms)"
    assert label({"op": "CONCURRENCY"}) == "CONCURRENCY"


def test_no_rows_still_have_their_columns() -> None:
    spec = {"breakdowns": ["name"], "formulas": [{"name": "rate"}]}
    frame = of_result({"data": {"results": []}}, spec, series=False)
    assert list(frame) == ["name", "COUNT", "rate"]
    assert len(of_result({"data": {"series": []}}, spec, series=True)["time"]) == 0


def test_columns_the_spec_does_not_name_are_kept() -> None:
    document = {"data": {"results": [{"data": {"COUNT": 1, "new": "x"}}]}}
    assert list(of_result(document, {}, series=False)) == ["COUNT", "new"]


def test_times_with_and_without_fractions_are_utc() -> None:
    times = utc(["2026-03-02T10:00:00Z", "2026-03-02T10:00:00.123456Z", "", None])
    assert times.dtype == "datetime64[ns, UTC]"
    assert times[1] == pd.Timestamp("2026-03-02T10:00:00.123456Z")
    assert times.isna().tolist() == [False, False, True, True]
