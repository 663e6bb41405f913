"""The sentence of a delivery, and the bar that leaves nothing behind."""

import io
import sys

import pytest

from lab_helpers.history.sending.delivery import Delivery
from lab_helpers.traffic.progress import progress_bar


@pytest.mark.parametrize(
    ("total", "sentence"),
    [
        (137_512, "137,512 spans of yesterday are in Honeycomb, in 3 datasets"),
        (1, "1 span of yesterday is in Honeycomb, in 3 datasets"),
        (0, "0 spans of yesterday are in Honeycomb, in 3 datasets"),
    ],
)
def test_a_delivery_is_a_sentence(total, sentence) -> None:
    made = Delivery("yesterday", "Honeycomb", "span", total, 0, ", in 3 datasets")
    assert repr(made) == sentence


def test_a_bar_in_a_terminal_is_gone_at_the_end(monkeypatch) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress_bar(10, "lines", shown=True) as bar:
        bar.update(10)
    assert terminal.getvalue().startswith("\rlines:   0%")
    assert terminal.getvalue().rpartition("\r")[2] == ""


@pytest.mark.parametrize(("total", "shown"), [(10, False), (0, True)])
def test_where_there_is_nothing_to_show_there_is_no_bar(
    monkeypatch, total, shown
) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress_bar(total, "lines", shown=shown) as bar:
        bar.update(total)
    assert terminal.getvalue() == ""
