"""What the prose of page 02 says of live visitors, held against its stored outputs.

The cells of those outputs are not compared by nbval, so a page that was run on a busy
machine is noticed here.
"""

import json
import re
from pathlib import Path

import pandas as pd
import pytest

PAGE = (
    Path(__file__).resolve().parents[2]
    / "notebooks"
    / "02_honeycomb_with_opentelemetry.ipynb"
)
MESSAGES = {"/api/message_groups", "/api/messages", "/api/messages/@<handle>"}
UNITS = {"µs": 0.001, "ms": 1.0, "s": 1000.0}


@pytest.fixture(scope="module")
def shown():
    """What each cell shows, as text, by the cell's id."""
    page = json.loads(PAGE.read_text(encoding="utf-8"))
    return {
        cell["id"]: "\n".join(map(text_of, cell["outputs"]))
        for cell in page["cells"]
        if cell["cell_type"] == "code"
    }


def text_of(output):
    return "".join(output.get("text", output.get("data", {}).get("text/plain", "")))


def table(text):
    """The last numbers of each row by its route, however pandas folded the columns."""
    rows = {}
    for line in text.splitlines():
        if found := re.match(r"\d+ +(/\S+) +(.+)", line):
            index, route, numbers = line.split()[0], found[1], found[2].split()
            rows[index] = (route, [float(each) for each in numbers])
        elif (found := re.match(r"(\d+) +([-\d. ]+)$", line)) and found[1] in rows:
            rows[found[1]][1].extend(float(each) for each in found[2].split())
    return pd.DataFrame.from_dict(dict(rows.values()), orient="index")


def peaks(alt):
    """Where the bands of a heatmap are, in ms, as its alt sentence says."""
    return [
        float(n) * UNITS[unit] for n, unit in re.findall(r"(\d+) (µs|ms|s) \(", alt)
    ]


def test_the_machine_had_time_to_spare_for_both_pictures(shown):
    for cell in ("heatmap", "incident"):
        assert "This machine had time to spare" in shown[cell], shown[cell]


def test_search_is_slower_than_the_home_feed_and_health_checks_are_fastest(shown):
    p95 = table(shown["by-route"])[0]
    assert p95["/api/search"] > p95["/api/feed/home"]
    assert p95.idxmin() == "/health"
    assert (
        f"search: {p95['/api/search'] / p95['/api/feed/home']:.1f} times the home feed"
        in (shown["by-route"])
    )


def test_health_checks_are_a_band_below_everything_else(shown):
    health, *others = sorted(peaks(shown["heatmap"]))
    assert health < 3
    assert min(others) > 3 * health


def test_the_incident_is_a_band_near_half_a_second_that_was_not_there_before(shown):
    before, during = map(peaks, shown["incident"].split("During:"))
    assert not [peak for peak in before if peak >= 300]
    assert len([peak for peak in during if 300 <= peak <= 700]) == 1


def test_most_was_added_to_the_p95_of_the_culprits_routes(shown):
    rows = table(shown["incident-routes"])
    before, during, added = (rows[column] for column in rows)
    assert set(rows.index[:3]) == MESSAGES
    assert added[:3].min() > 250
    assert added[:3].min() > 2 * added[3:].max()
    assert (abs(during - before - added) <= 1).all()
