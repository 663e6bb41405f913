"""What a claim reads of a cell's outputs."""

import pandas as pd
import pytest

from lab_helpers.authoring.claims.outputs import Output, OutputError

FRAME = pd.DataFrame(
    {"route": ["/a", "/b"], "P95(duration_ms) during": [1234.5, 20.0]}, index=[7, 9]
)
ALT = (
    "Two heatmaps side by side. Before: Heatmap of about 410 events over about 45 s: "
    "2 bands, around 1.5 ms (90 %) and 700 µs (10 %). During: Heatmap of about 390 "
    "events over about 45 s: one band, around 400 ms. The slowest is there from 5 s."
)


def stream(text):
    return {"output_type": "stream", "name": "stdout", "text": [text]}


def shown(frame):
    data = {"text/plain": [repr(frame)], "text/html": [frame.to_html()]}
    return {"output_type": "execute_result", "data": data}


@pytest.fixture
def output():
    return Output.of([stream("2 rows, 1,200 ms:\n\nfeed 3"), shown(FRAME)])


def test_words_are_found_whatever_the_line_breaks(output):
    assert output.shows("ms: feed 3")
    assert not output.shows("feed 4")


def test_numbers_are_read_where_the_words_say(output):
    assert output.number("rows, # ms") == 1200
    assert output.number("# rows...ms") == 2
    assert Output("a 1\nb 2\na one").numbers("a #") == [1, 1]
    with pytest.raises(OutputError, match="has no 'foo #'"):
        output.number("foo #")
    with pytest.raises(OutputError, match="does not have one #"):
        output.number("# rows, # ms")


def test_only_whole_numbers_are_read():
    assert Output("ms 12.5").number("ms #") == 12.5
    with pytest.raises(OutputError):
        Output("total 140").number("total #0")


def test_a_table_is_read_by_row_and_column(output):
    assert output.rows == 2
    assert output.column("P95(duration_ms) during") == [1234.5, 20]
    for row in ("/b", "9"):
        assert output.value(row, "P95(duration_ms) during") == 20
    assert output.value("7", "route") == "/a"


def test_a_table_with_a_named_index_keeps_its_columns():
    output = Output.of([shown(FRAME.set_index("route"))])
    assert output.value("/a", "P95(duration_ms) during") == 1234.5


def test_ids_and_missing_values_of_a_table_are_texts():
    frame = pd.DataFrame({"id": ["0000000000000001", None], "ms": [0.5, 10]})
    output = Output.of([shown(frame.fillna(float("nan")))])
    assert output.column("id") == ["0000000000000001", "NaN"]
    assert output.column("ms") == [0.5, 10]


def test_what_a_table_has_not_is_said(output):
    with pytest.raises(OutputError, match="no row of the table has '/c'"):
        output.value("/c", "route")
    with pytest.raises(OutputError, match="no table has the column 'x'"):
        output.column("x")
    with pytest.raises(OutputError, match="no table"):
        _ = Output("text only").rows


def test_bands_are_read_from_one_heatmap_of_two():
    output = Output(ALT)
    assert output.bands("before") == [0.7, 1.5]
    assert output.bands("During") == [400]
    for part in ("after", ""):
        with pytest.raises(OutputError, match=f"no heatmap '{part}' among"):
            output.bands(part)


def test_bands_of_a_single_heatmap_need_no_title():
    assert Output("Heatmap of 9 events: 2 bands, at 5 ms and 4 µs.").bands() == [
        0.004,
        5,
    ]
    with pytest.raises(OutputError, match="no sentence about bands"):
        Output("A waterfall.").bands()


def test_an_exception_is_an_output_too():
    error = {"output_type": "error", "ename": "KeyError", "evalue": "'x'"}
    assert Output.of([error]).text == "KeyError: 'x'"
