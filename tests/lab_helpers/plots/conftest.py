"""Data to draw, and rulers for what was drawn."""

from collections.abc import Callable
from unittest import mock

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from lab_helpers.analysis import Edge, HeatmapGrid, Service, ServiceMap
from lab_helpers.plots import Picture

BEGIN = pd.Timestamp("2026-03-02T10:00:00Z")


@pytest.fixture
def spans() -> pd.DataFrame:
    """3000 spans over 20 minutes: near 20 ms, from minute 10 on also near 2 s."""
    random = np.random.default_rng(5)
    seconds = np.sort(random.uniform(0, 1200, 3000))
    durations = random.lognormal(np.log(20), 0.3, 3000)
    slow = (seconds > 600) & (random.random(3000) < 0.4)
    durations[slow] = random.lognormal(np.log(2000), 0.2, slow.sum())
    start = BEGIN + pd.to_timedelta(seconds, unit="s")
    return pd.DataFrame({"start": start, "duration_ms": durations})


@pytest.fixture
def grid(spans: pd.DataFrame) -> HeatmapGrid:
    """The heatmap grid of those spans."""
    return HeatmapGrid.from_durations(spans)


@pytest.fixture
def no_grid(spans: pd.DataFrame) -> HeatmapGrid:
    """A grid without events."""
    return HeatmapGrid.from_durations(spans.iloc[:0])


@pytest.fixture
def trace() -> pd.DataFrame:
    """Three services, an error, an orphan, a skewed clock, a long name, an event."""
    rows = [
        ("a", None, "GET /api/home", "api", 0, 412.5, False),
        ("b", "a", "GET /feed", "api", 12, 228.1, False),
        ("c", "b", "GET /feed", "feed", 8.5, 221, False),
        ("d", "c", "SELECT " + "a, very, long, list " * 9, "feed", 20, 92, False),
        ("e", "a", "GET /messages", "messages", 243, 160.4, True),
        ("f", "gone", "notify", "messages", 300, 44, False),
        ("g", "a", "render", "api", 404, 0.35, False),
        (None, "e", "exception", "messages", 400, float("nan"), False),
    ]
    names = ["span_id", "parent_id", "name", "service", "at", "duration_ms", "error"]
    frame = pd.DataFrame(rows, columns=names)
    frame["start"] = BEGIN + pd.to_timedelta(frame.pop("at"), unit="ms")
    frame["annotation"] = ["span"] * 7 + ["span_event"]
    return frame.assign(trace_id="4bf92f3577b34da6", kind="internal", status="unset")


@pytest.fixture
def graph() -> ServiceMap:
    """Four services, a call over two columns, and one that calls itself."""
    services = (
        Service("api", 12345, 380, 44, 310),
        Service("feed", 11020, 0, 30, 220),
        Service("messages", 4205, 420, 12, 1600),
        Service("search", 310, 0, 80, 400),
    )
    edges = (
        Edge("api", "feed", 11020, 12, 220),
        Edge("api", "messages", 4205, 420, 1600),
        Edge("api", "search", 310, 0, 400),
        Edge("feed", "messages", 97, 0, 15),
        Edge("search", "search", 25, 0, 9),
    )
    return ServiceMap(services, edges)


def _texts(figure: Figure) -> list[Text]:
    """Every text that is drawn; ticks outside the view exist but are not."""
    drawn: list[Text] = []
    draw = Text.draw

    def note(self: Text, *args: object) -> None:
        drawn.append(self)
        draw(self, *args)

    with mock.patch.object(Text, "draw", note):
        FigureCanvasAgg(figure).draw()
    return [text for text in drawn if text.get_visible() and text.get_text().strip()]


@pytest.fixture
def said() -> Callable[[Picture], str]:
    """All words of a picture, one text a line."""
    return lambda picture: "\n".join(t.get_text() for t in _texts(picture.figure))


def _luminance(color: object) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in to_rgb(color)  # type: ignore[arg-type]
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def _contrast(one: object, two: object) -> float:
    low, high = sorted((_luminance(one), _luminance(two)))
    return (high + 0.05) / (low + 0.05)


@pytest.fixture
def contrast() -> Callable[[object, object], float]:
    """The contrast ratio of two colors (WCAG 2.2)."""
    return _contrast


@pytest.fixture
def legible() -> Callable[[Picture], None]:
    """Asserts that texts are big enough, stand out, are inside, and do not collide."""

    def check(picture: Picture) -> None:
        figure = picture.figure
        figure.set_dpi(100)
        texts = _texts(figure)
        boxes = [text.get_window_extent() for text in texts]
        for text, box in zip(texts, boxes, strict=True):
            words = text.get_text()
            assert text.get_fontsize() >= 11, words
            assert _contrast(text.get_color(), figure.get_facecolor()) >= 4.5, words
            assert _inside(box, figure), f"{words!r} is cut off: {box}"
        for i, one in enumerate(boxes):
            for j in range(i):
                pair = (texts[i].get_text(), texts[j].get_text())
                assert not _collide(one, boxes[j]), pair

    return check


def _inside(box: Bbox, figure: Figure) -> bool:
    whole = figure.bbox
    return (
        box.x0 >= whole.x0 - 2
        and box.x1 <= whole.x1 + 2
        and box.y0 >= whole.y0 - 2
        and box.y1 <= whole.y1 + 2
    )


def _collide(one: Bbox, two: Bbox) -> bool:
    """Whether two boxes share more than a hair."""
    width = min(one.x1, two.x1) - max(one.x0, two.x0)
    height = min(one.y1, two.y1) - max(one.y0, two.y0)
    return width > 1 and height > 3
