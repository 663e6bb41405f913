from collections.abc import Callable

import pandas as pd
import pytest
from matplotlib.colors import to_hex

from lab_helpers import plots
from lab_helpers.analysis import TraceTree
from lab_helpers.plots import Picture
from lab_helpers.plots.theme import LIGHT

Words = Callable[[Picture], str]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everything_can_be_read(
    trace: pd.DataFrame, theme: plots.ThemeName, legible: Callable[[Picture], None]
) -> None:
    legible(plots.waterfall(trace, theme=theme))


def test_trouble_is_marked_in_words(trace: pd.DataFrame, said: Words) -> None:
    words = said(plots.waterfall(trace))
    assert "160 ms  ✖ error" in words
    assert "44 ms  ? parent missing" in words
    assert "221 ms  ! clock skew" in words


def test_a_visitors_error_is_neither_red_nor_a_failure(
    trace: pd.DataFrame, said: Words
) -> None:
    codes = [404, None, None, None, 404, None, None, None]
    picture = plots.waterfall(trace.assign(**{"http.status_code": codes}))
    assert "visitor's error (404)" in said(picture)
    assert "✖" not in said(picture)
    bars = picture.figure.axes[0].patches
    edges = [to_hex(bar.get_edgecolor()) for bar in bars]
    assert [edges[0], edges[4]] == [LIGHT.client_error] * 2
    assert LIGHT.alarm not in edges
    assert "failed" not in picture.alt
    assert "A visitor's error (404): GET /api/home, GET /messages." in picture.alt


def test_a_long_label_of_a_long_bar_is_inside(
    trace: pd.DataFrame, legible: Callable[[Picture], None]
) -> None:
    odd = trace.assign(**{"http.status_code": [404] + [None] * 7})
    odd.loc[1, "duration_ms"] = 480.0
    picture = plots.waterfall(odd)
    legible(picture)
    axes = picture.figure.axes[0]
    (label,) = (t for t in axes.texts if "404" in t.get_text())
    assert label.get_window_extent().x1 <= axes.get_window_extent().x1


def test_a_500_stays_red(trace: pd.DataFrame) -> None:
    codes = [None, None, None, None, 500, None, None, None]
    picture = plots.waterfall(trace.assign(**{"http.status_code": codes}))
    edge = picture.figure.axes[0].patches[4].get_edgecolor()
    assert to_hex(edge) == LIGHT.alarm
    assert "1 span failed: GET /messages." in picture.alt


def test_each_event_has_its_name_beside_its_diamond(
    trace: pd.DataFrame, said: Words
) -> None:
    miss = trace.iloc[-1:].assign(name="cache.miss", start=trace["start"].iloc[4])
    thrown = trace.assign(**{"exception.type": [None] * 7 + ["TimeoutError"]})
    picture = plots.waterfall(pd.concat([thrown, miss]))
    axes = picture.figure.axes[0]
    names = [label.get_text().strip("\u2007") for label in axes.get_yticklabels()]
    assert names[5:7] == ["◇ cache.miss", "◇ exception TimeoutError"]
    assert [list(line.get_ydata()) for line in axes.lines] == [[5], [6]]
    assert len({line.get_markerfacecolor() for line in axes.lines}) == 2
    assert {"at 243 ms", "at 400 ms"} <= set(said(picture).splitlines())


def test_the_events_of_a_span_take_four_rows_at_most(
    trace: pd.DataFrame, said: Words, legible: Callable[[Picture], None]
) -> None:
    many = pd.concat([trace, *[trace.iloc[-1:]] * 9])
    picture = plots.waterfall(many)
    legible(picture)
    assert "◇ 7 more events" in said(picture)
    assert len(picture.figure.axes[0].lines) == 10


def test_an_id_of_xray_is_cut_between_its_parts(
    trace: pd.DataFrame, said: Words
) -> None:
    xray = trace.assign(trace_id="1-67891233-abcdef012345678912345678")
    title = said(plots.waterfall(xray)).splitlines()
    assert "GET /api/home · trace 1-67891233" in title


def test_services_differ_by_hatch_as_well_as_color(
    trace: pd.DataFrame, said: Words
) -> None:
    picture = plots.waterfall(trace)
    (legend,) = picture.figure.legends
    hatches = [patch.get_hatch() for patch in legend.get_patches()]
    assert len(set(hatches)) == 3
    assert {"api", "feed", "messages"} <= set(said(picture).splitlines())


def test_names_are_indented_by_depth_and_long_ones_shortened(
    trace: pd.DataFrame,
) -> None:
    names = [
        t.get_text() for t in plots.waterfall(trace).figure.axes[0].get_yticklabels()
    ]
    assert names[0] == "GET /api/home"
    assert names[2] == "\u2007" * 4 + "GET /feed"
    assert names[3].endswith("list ")
    assert "…" in names[3]
    assert len(names[3]) <= 40


def test_bars_begin_and_last_as_their_spans(trace: pd.DataFrame) -> None:
    bars = plots.waterfall(trace).figure.axes[0].patches
    assert [round(bar.get_x(), 2) for bar in bars[:3]] == [0, 12, 8.5]
    assert [round(bar.get_width(), 1) for bar in bars[:3]] == [412.5, 228.1, 221]


def test_the_sentence_says_where_the_time_went_and_what_is_odd(
    trace: pd.DataFrame,
) -> None:
    assert plots.waterfall(trace).alt == (
        "Waterfall of 7 spans in 3 services: GET /api/home takes about 410 ms, the "
        "longest part in GET /messages (messages). 1 span failed: GET /messages. "
        "1 span without its parent. 1 span with clock skew."
    )


def test_the_sentence_of_a_single_span_has_no_longest_part(
    trace: pd.DataFrame,
) -> None:
    assert plots.waterfall(trace.iloc[:1]).alt == (
        "Waterfall of 1 span in 1 service: GET /api/home takes about 410 ms."
    )


def test_the_time_of_two_roots_is_not_said_to_be_the_first_ones(
    trace: pd.DataFrame,
) -> None:
    roots = trace.iloc[[1, 4]].assign(parent_id=None)
    words = plots.waterfall(roots).alt
    assert "2 services: 390 ms from first to last, most of it in GET /feed" in words
    assert "takes" not in words


def test_the_time_of_a_child_that_outlives_its_root_is_not_the_roots(
    trace: pd.DataFrame,
) -> None:
    late = trace.iloc[[0, 4]].assign(duration_ms=[250.0, 160.4])
    assert "400 ms from first to last" in plots.waterfall(late).alt


def test_most_is_more_than_half_and_the_spans_of_a_name_count_together(
    trace: pd.DataFrame,
) -> None:
    rows = trace.iloc[:3].assign(
        parent_id=[None, "a", "a"],
        name=["home", "SELECT", "SELECT"],
        service="api",
        duration_ms=[100.0, 30.0, 30.0],
    )
    rows["start"] = rows["start"].iloc[0] + pd.to_timedelta([0, 10, 50], unit="ms")
    assert "100 ms, most of it in SELECT (api)" in plots.waterfall(rows).alt
    rows["duration_ms"] = [100.0, 20.0, 20.0]
    assert "most of it in home (api)" in plots.waterfall(rows).alt
    third = rows.assign(name=["home", "SELECT", "fetch"], duration_ms=[100.0, 34, 36])
    assert "the longest part in fetch (api)" in plots.waterfall(third).alt


def test_spans_beyond_the_most_are_counted(trace: pd.DataFrame, said: Words) -> None:
    picture = plots.waterfall(trace, most=3)
    assert "4 more spans not drawn" in said(picture)
    assert len(picture.figure.axes[0].patches) == 3


def test_an_empty_trace_is_said_in_the_picture(
    trace: pd.DataFrame, said: Words
) -> None:
    picture = plots.waterfall(TraceTree.from_frame(trace.iloc[:0]))
    assert "No spans in this trace" in said(picture)
    assert picture.alt == "Waterfall of a trace without any spans."


def test_a_single_span_without_duration_is_drawn(trace: pd.DataFrame) -> None:
    one = trace.iloc[:1].assign(duration_ms=0.0)
    assert plots.waterfall(one).png()
