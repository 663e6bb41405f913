"""The list of a trace's spans nests as they do, holds all of them, and runs nothing."""

import configparser
import re
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from lab_helpers import plots

ROOT = Path(__file__).resolve().parents[3]
PLAIN = {"b", "code", "dd", "details", "dl", "dt", "figcaption", "figure", "li", "p"}
PLAIN |= {"style", "summary", "time", "ul"}


class Reader(HTMLParser):
    """The summaries of the list with their depth, its tags, and its fields."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.spans: list[tuple[int, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag == "summary":
            self.spans.append((self.open.count("ul") - 1, ""))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "summary" in self.open:
            depth, text = self.spans.pop()
            self.spans.append((depth, text + data))


@pytest.fixture
def rich(trace: pd.DataFrame) -> pd.DataFrame:
    """The trace, with attributes that hold markup, several lines, and a status."""
    hostile = "<script>alert(1)</script>\"&'</dd></details>"
    stack = 'Traceback:\n  File "a.py"\nTimeoutError'
    return trace.assign(
        **{
            "http.url": [hostile] + [None] * 7,
            "http.status_code": [404.0] + [None] * 7,
            "exception.stacktrace": [None] * 7 + [stack],
        }
    )


def page_of(trace: pd.DataFrame, **options: int) -> str:
    return plots.span_details(trace, **options)._repr_html_()


def test_the_list_nests_as_the_spans_do(rich: pd.DataFrame) -> None:
    reader = Reader(page_of(rich))
    assert not reader.open
    assert [depth for depth, _ in reader.spans] == [0, 1, 2, 3, 1, 1, 0]
    assert reader.spans[0][1] == "GET /api/home · api · 412 ms · visitor's error (404)"
    assert reader.spans[4][1] == "GET /messages · messages · 160 ms · ✖ error"
    assert reader.spans[6][1] == "notify · messages · 44 ms · ? parent missing"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("span id", "<code>c</code>"),
        ("parent", "<code>b</code> (GET /feed)"),
        ("parent", "none, this is a root"),
        ("parent", "<code>gone</code>, not in this trace"),
        ("trace id", "<code>4bf92f3577b34da6</code>"),
        ("duration", "<time>412 ms</time>"),
        ("self time", "<time>23.6 ms</time>"),
        ("status", "<code>unset</code>"),
        ("start", "<time>243 ms</time> after the trace began"),
        ("http.status_code", "<code>404</code>"),
    ],
)
def test_a_span_unfolds_to_its_fields(
    rich: pd.DataFrame, field: str, value: str
) -> None:
    assert f"<dt>{field}</dt><dd>{value}</dd>" in page_of(rich)


def test_an_event_has_its_own_fields(rich: pd.DataFrame) -> None:
    assert (
        "<dt>event exception</dt><dd>at <time>400 ms</time><dl>"
        "<dt>exception.stacktrace</dt><dd><code>Traceback:&#10;"
    ) in page_of(rich)


def test_attributes_run_nothing_and_load_nothing(rich: pd.DataFrame) -> None:
    page = page_of(rich)
    reader = Reader(page)
    assert reader.tags <= PLAIN
    assert reader.attributes <= {"class", "style"}
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "url(" not in page
    assert "@import" not in page


def test_it_is_colored_by_the_theme_it_stands_in(rich: pd.DataFrame) -> None:
    assert "color" not in page_of(rich)


def test_a_page_can_compare_two_live_traces(rich: pd.DataFrame) -> None:
    later = rich.assign(
        duration_ms=rich["duration_ms"] * 1.37,
        start=rich["start"] + pd.Timedelta("71s"),
        **{"http.url": ["http://127.0.0.1:9/other"] + [None] * 7},
    )
    assert page_of(rich) != page_of(later)
    assert sanitized(page_of(rich)) == sanitized(page_of(later))
    assert repr(plots.span_details(rich)) == repr(plots.span_details(later))
    fewer = rich.drop(columns="http.url")
    assert sanitized(page_of(rich)) != sanitized(page_of(fewer))


def sanitized(page: str) -> str:
    rules = configparser.ConfigParser(interpolation=None)
    rules.read(ROOT / "tests/notebooks/sanitize.cfg", encoding="utf-8")
    for rule in rules.sections():
        page = re.sub(rules[rule]["regex"], rules[rule]["replace"], page)
    return page


def test_a_terminal_gets_a_sentence_without_times_and_ids(rich: pd.DataFrame) -> None:
    assert repr(plots.span_details(rich.iloc[[0, 1]])) == (
        "Fields of 2 spans in 1 service: GET /api/home, GET /feed."
    )


def test_spans_beyond_the_most_are_counted(rich: pd.DataFrame) -> None:
    page = page_of(rich, most=3)
    assert len(Reader(page).spans) == 3
    assert "4 more spans not shown." in page


def test_an_empty_trace_has_no_list(rich: pd.DataFrame) -> None:
    details = plots.span_details(rich.iloc[:0])
    assert repr(details) == "Fields of 0 spans in 0 services."
    assert not Reader(details._repr_html_()).spans
