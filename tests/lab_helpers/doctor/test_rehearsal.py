"""How many visits a second this machine carries."""

import json
import re
from pathlib import Path

import pytest

from lab_helpers import settings
from lab_helpers.doctor import rehearsal
from lab_helpers.doctor.rehearsal import MOST_SECONDS, PAGES_RATE, RATES, capacity
from lab_helpers.traffic import MachineLoad, NothingListens, load

PAGES = Path(__file__).resolve().parents[3] / "notebooks"
BUSY = MachineLoad(share=0.2)


def carries(most):
    """A machine with time to spare up to so many visits a second."""
    return lambda rate: BUSY if rate > most else MachineLoad(share=0.9)


def test_a_machine_that_carries_every_rate_carries_at_least_the_highest():
    finding = capacity(carries(1000))
    assert finding.ok
    assert finding.result == (
        f"this machine carries at least {RATES[-1]} visits a second; the pages send "
        f"up to {PAGES_RATE}"
    )


def test_the_rates_rise_until_no_time_is_left():
    tried = []

    def step(rate):
        tried.append(rate)
        return carries(PAGES_RATE)(rate)

    finding = capacity(step)
    assert tried == [10, 20, 30, 60]
    assert finding.ok
    assert "carries about 30 visits a second" in finding.result


def test_less_than_the_pages_send_has_a_hint_with_the_rate_to_pass():
    finding = capacity(carries(20))
    assert not finding.ok
    assert "carries about 20 visits a second" in finding.result
    assert finding.remedy == (
        "close other programs, or pass `rate=20` where a page sends more"
    )


def test_a_machine_without_any_time_says_what_was_measured():
    finding = capacity(carries(0))
    assert "too busy for 10 visits a second: a heartbeat got 20%" in finding.result
    assert finding.remedy.startswith("close other programs")


def test_no_step_begins_after_the_rehearsals_time():
    now, tried = [100.0], []

    def step(rate):
        tried.append(rate)
        now[0] += MOST_SECONDS * 0.6
        return MachineLoad(share=0.9)

    finding = capacity(step, clock=lambda: now[0])
    assert tried == [10, 20]
    assert "carries at least 20 visits" in finding.result


def test_visitors_come_to_kittiwake_at_each_rate_and_it_is_stopped(monkeypatch):
    runs, asked = [], rehearsal.traffic.run

    def run(url, *, seconds, rate, progress):
        runs.append((url, rate))
        return asked(url, seconds=0.2, rate=rate, progress=progress)

    monkeypatch.setattr(rehearsal.traffic, "run", run)
    assert rehearsal.visits().what == "visitors"
    assert [rate for _, rate in runs] == list(RATES)[: len(runs)] != []
    with pytest.raises(NothingListens):
        asked(runs[0][0], seconds=0.1, rate=10, progress=False)


def test_what_goes_wrong_is_a_finding(monkeypatch):
    def broken(*arguments, **options):
        raise NothingListens("nothing listens on 127.0.0.1:9")

    monkeypatch.setattr(rehearsal.traffic, "run", broken)
    finding = rehearsal.visits()
    assert not finding.ok
    assert finding.result == "NothingListens: nothing listens on 127.0.0.1:9"


def test_the_pages_send_at_most_as_much_as_the_doctor_says():
    rates = [
        int(rate)
        for page in PAGES.glob("*.ipynb")
        for cell in json.loads(page.read_text("utf-8"))["cells"]
        for rate in re.findall(r"traffic\.run\(.*rate=(\d+)", "".join(cell["source"]))
    ]
    assert max(rates) == PAGES_RATE


def test_a_rehearsal_inside_a_page_says_nothing_of_the_pages_own_runs(
    tmp_path, monkeypatch
):
    log = tmp_path / "load.jsonl"
    monkeypatch.setenv(settings.LOAD_LOG, str(log))
    monkeypatch.setattr(rehearsal, "capacity", lambda step: step(5) and "carried")
    assert rehearsal.visits() == "carried"
    assert not log.exists()
    load.record(BUSY)
    assert log.exists()
