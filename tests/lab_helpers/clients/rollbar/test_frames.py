from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from lab_helpers.clients.rollbar import frames
from lab_helpers.clients.rollbar.item_page import ItemPage

FRAME = {"filename": "app.py", "lineno": 7, "method": "home", "code": "return 1 / <n>"}
CAUSE = {
    "frames": [FRAME],
    "exception": {"class": "ZeroDivisionError", "message": "division by zero"},
}
OUTER = {
    "frames": [dict(FRAME, method=f"call_{place}") for place in range(8)],
    "exception": {"class": "LookupError", "message": "no <page>"},
}
CHAINED = {
    "timestamp": 1_772_445_600,
    "uuid": "u-1",
    "level": 30,
    "environment": "workbook",
    "code_version": "1.4",
    "context": "/home",
    "body": {"trace_chain": [OUTER, CAUSE]},
    "person": {"id": "marisol", "username": None},
    "custom": {"trace_id": "4bf92f3577b34da6a3ce929d0e0e4736"},
}
MESSAGE = {"body": {"message": {"body": "the feed is late"}}, "level": "info"}
ITEM = {
    "id": 9,
    "counter": 3,
    "title": "LookupError: no <page>",
    "level": 30,
    "status": "active",
    "environment": "workbook",
    "total_occurrences": 2,
    "first_occurrence_timestamp": 1_772_445_600,
    "last_occurrence_timestamp": 1_772_445_660,
    "hash": "f00",
}


def _instance(number: int, data: Mapping[str, object]) -> dict[str, object]:
    return {"id": number, "timestamp": 1_772_445_600 + number, "data": data}


def test_an_item_is_typed_and_what_is_missing_stays_missing() -> None:
    row = frames.of_items([ITEM]).iloc[0]
    assert (row["counter"], row["level"], row["occurrences"]) == (3, "warning", 2)
    assert row["first"] == pd.Timestamp("2026-03-02T10:00:00Z")
    assert pd.isna(row["resolved"])
    assert row["fingerprint"] == "f00"


def test_frames_without_rows_have_their_columns() -> None:
    assert tuple(frames.of_items([])) == frames.ITEM_COLUMNS
    assert tuple(frames.of_occurrences([])) == frames.OCCURRENCE_COLUMNS
    assert str(frames.of_deploys([])["start"].dtype) == "datetime64[ns, UTC]"


def test_occurrences_come_oldest_first_with_what_the_payload_says() -> None:
    frame = frames.of_occurrences([_instance(60, MESSAGE), _instance(0, CHAINED)])
    first = frame.iloc[0]
    assert first["exception"] == "LookupError"
    assert first["title"] == "LookupError: no <page>"
    assert (first["level"], first["person"], first["version"]) == (
        "warning",
        "marisol",
        "1.4",
    )
    assert first["trace_id"] == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert list(frame["message"]) == ["no <page>", "the feed is late"]


def test_custom_data_that_is_no_object_has_no_trace_id() -> None:
    odd = CHAINED | {"custom": ["trace_id"]}
    assert frames.of_occurrences([_instance(1, odd)])["trace_id"].isna().all()


def test_a_name_goes_before_an_id_and_a_title_before_the_class() -> None:
    named = CHAINED | {
        "person": {"id": "7", "username": "Marisol"},
        "title": "A page is gone",
    }
    assert frames.person_of(named) == "Marisol"
    assert frames.title_of(named) == "A page is gone"


def test_rql_keeps_types_gaps_and_equal_names() -> None:
    result = {
        "columns": ["timestamp", "n", "n"],
        "rows": [[1_772_445_600, 1, "a"], [None, None, "b"]],
    }
    frame = frames.of_rql(result)
    assert list(frame.columns) == ["timestamp", "n", "n"]
    assert frame.iloc[0, 0] == pd.Timestamp("2026-03-02T10:00:00Z")
    assert str(frame.dtypes.iloc[1]) == "Int64"
    assert frames.of_rql({"columns": ["n"], "rows": []}).empty


def _page(*instances: dict[str, object]) -> ItemPage:
    item = frames.of_items([ITEM]).iloc[0]
    latest = instances[-1]["data"] if instances else {}
    return ItemPage(item, frames.of_occurrences(instances), latest)  # type: ignore[arg-type]


def test_a_page_in_a_terminal_is_a_sentence() -> None:
    page = _page(_instance(0, CHAINED))
    assert repr(page) == (
        "#3 LookupError: no <page>; warning, active, 2 occurrences in workbook; "
        "people: marisol."
    )


def test_a_page_shows_both_exceptions_with_code_and_folds_outer_frames() -> None:
    html = _page(_instance(0, CHAINED))._repr_html_()
    assert html.index("LookupError") < html.index("caused by")
    assert "3 outer frames" in html
    assert "call_7" in html
    assert "return 1 / &lt;n&gt;" in html
    assert "4bf92f3577b34da6a3ce929d0e0e4736" in html


def test_a_page_says_nothing_by_color_and_escapes_what_was_sent() -> None:
    html = _page(_instance(0, CHAINED))._repr_html_()
    assert "color" not in html
    assert "no <page>" not in html


def test_code_around_a_line_and_locals_are_shown_if_they_were_sent() -> None:
    frame = FRAME | {
        "context": {"pre": ["n = 0"], "post": ["# never"]},
        "locals": {"n": 0},
    }
    data = {"body": {"trace": CAUSE | {"frames": [frame]}}}
    html = _page(_instance(0, data))._repr_html_()
    assert "  n = 0\n&gt; return 1" in html
    assert "# never" in html
    assert "<summary>locals</summary>" in html


def test_a_page_of_a_message_or_of_nothing_is_a_page() -> None:
    assert "the feed is late" in _page(_instance(0, MESSAGE))._repr_html_()
    assert "people" not in _page()._repr_html_()


def _stack(filename: str, lineno: int, code: str, root: str) -> str:
    frame = {"filename": filename, "lineno": lineno, "method": "home", "code": code}
    trace = CAUSE | {"frames": [frame]}
    data = {"body": {"trace": trace}, "server": {"root": root}}
    return _page(_instance(0, data))._repr_html_()


def test_the_projects_code_is_shown_with_its_neighbors(tmp_path: Path) -> None:
    source = tmp_path / "app.py"
    source.write_text("def home():\n    n = 0\n    return 1 / n\n", encoding="utf-8")
    html = _stack(str(source), 3, "return 1 / n", str(tmp_path))
    assert "  def home():\n      n = 0\n&gt;     return 1 / n" in html
    assert "in app.py, line 3" in html


def test_neighbors_of_a_line_do_not_begin_or_end_with_a_blank_one(
    tmp_path: Path,
) -> None:
    source = tmp_path / "app.py"
    source.write_text("\n\nx = 1 / 0\n\nn = 0\n\n\n", encoding="utf-8")
    html = _stack(str(source), 3, "x = 1 / 0", str(tmp_path))
    assert ">&gt; x = 1 / 0\n  \n  n = 0</pre>" in html
    html = _stack(str(source), 5, "n = 0", str(tmp_path))
    assert ">  x = 1 / 0\n  \n&gt; n = 0</pre>" in html


def test_frames_are_apart_from_each_other_by_a_rule() -> None:
    html = _page(_instance(0, CHAINED))._repr_html_()
    assert html.count("<hr>") == html.count("</pre>") > 1


def test_a_very_long_value_ends_between_two_words() -> None:
    data = {"body": {"trace": CAUSE}, "context": "gull " * 60}
    assert "gull gull …</td>" in _page(_instance(0, data))._repr_html_()


def test_a_local_variable_is_shown_whole_unless_it_is_enormous() -> None:
    frame = FRAME | {"locals": {"rows": "gull " * 60}, "code": "x()"}
    data = {"body": {"trace": CAUSE | {"frames": [frame]}}}
    assert ("gull " * 60).strip() in _page(_instance(0, data))._repr_html_()


def test_code_that_has_changed_since_is_shown_as_it_was_sent(tmp_path: Path) -> None:
    source = tmp_path / "app.py"
    source.write_text("def home():\n    return 2\n", encoding="utf-8")
    html = _stack(str(source), 2, "return 1 / n", str(tmp_path))
    assert ">return 1 / n</pre>" in html


def test_files_outside_of_the_project_are_not_read(tmp_path: Path) -> None:
    source = tmp_path / "other.py"
    source.write_text("secret = 1\nreturn 1 / n\n", encoding="utf-8")
    root = str(tmp_path / "project")
    assert "secret" not in _stack(str(source), 2, "return 1 / n", root)


def test_installed_code_is_named_without_where_it_is_installed() -> None:
    name = "/somewhere/lib/python3.13/site-packages/flask/app.py"
    assert "in flask/app.py, line 9" in _stack(name, 9, "x()", "/project")
