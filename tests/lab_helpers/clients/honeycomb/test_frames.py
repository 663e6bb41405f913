from lab_helpers.clients.honeycomb.frames import label, of_result


def test_percentiles_are_fractions_even_when_whole() -> None:
    row = {"P95(duration_ms)": 100, "MAX(items)": 100}
    document = {"data": {"results": [{"data": row}]}}
    frame = of_result(document, {"breakdowns": list(row)}, series=False)[list(row)]
    assert [str(dtype) for dtype in frame.dtypes] == ["float64", "int64"]


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
