"""Status, end and reset of the lab, with real data in it."""

import pytest
import requests

from lab_helpers import process, settings
from lab_helpers.process import LabError, lifecycle, spawn

pytestmark = pytest.mark.xdist_group("lab")


def headers():
    return {"x-honeycomb-team": settings.LAB_API_KEY}


def send_event(running):
    url = f"{running.addresses.honeycomb}/1/events/birds"
    answer = requests.post(url, json={"name": "tern"}, headers=headers(), timeout=10)
    assert answer.status_code == 200


def datasets(running):
    url = f"{running.addresses.honeycomb}/1/datasets"
    found = requests.get(url, headers=headers(), timeout=10).json()
    return [dataset["slug"] for dataset in found]


def test_reset_empties_a_running_lab_that_goes_on_serving(lab_state):
    running = process.start(settings.load())
    send_event(running)
    assert datasets(running) == ["birds"]
    assert "is gone" in repr(lifecycle.reset())
    assert datasets(running) == []
    assert lifecycle.status().running == running


def test_data_stays_over_down_and_up_and_goes_with_reset(lab_state):
    running = process.start(settings.load())
    send_event(running)
    assert "not running" in repr(lifecycle.stop())
    assert datasets(process.start(settings.load())) == ["birds"]
    lifecycle.stop()
    assert lifecycle.reset().quarantine is None
    assert lifecycle.status().running is None
    assert datasets(process.start(settings.load())) == []


def test_damaged_data_is_refused_by_start_and_put_into_quarantine_by_reset(lab_state):
    data = lab_state / "honeycomb" / "events.duckdb"
    data.parent.mkdir(parents=True)
    data.write_bytes(b"not a database" * 100)
    with pytest.raises(LabError, match=r"events\.duckdb[\s\S]*lab reset"):
        process.start(settings.load())
    emptied = lifecycle.reset()
    kept = emptied.quarantine / "honeycomb" / "events.duckdb"
    assert kept.read_bytes() == b"not a database" * 100
    assert str(emptied.quarantine) in repr(emptied)
    assert datasets(process.start(settings.load())) == []


def test_reset_moves_nothing_when_the_data_is_not_the_fault(lab_state, monkeypatch):
    data = lab_state / "honeycomb" / "events.duckdb"
    data.parent.mkdir(parents=True)
    data.write_text("mine")
    monkeypatch.setattr(spawn, "HOST", ("no-such-program",))
    with pytest.raises(LabError, match="cannot be started"):
        lifecycle.reset()
    assert data.read_text() == "mine"


def test_status_tells_addresses_and_folder(lab_state):
    assert repr(lifecycle.status()).startswith("The lab is not running")
    running = process.start(settings.load())
    shown = repr(lifecycle.status())
    assert running.addresses.honeycomb in shown
    assert str(lab_state) in shown
    assert str(running.pid) in shown
    assert running.addresses.aws in shown
    assert running.addresses.xray in shown


def test_status_with_every_vendor_real_says_that_no_lab_is_needed(
    lab_state, monkeypatch
):
    monkeypatch.setenv("HONEYCOMB_API_KEY", "hcaik" + "x" * 17)
    monkeypatch.setenv("LAB_HONEYCOMB", "real")
    assert "not running" in repr(lifecycle.status())  # AWS is still the lab's
    monkeypatch.setenv("AWS_PROFILE", "work")
    assert "not running" in repr(lifecycle.status())  # and Rollbar
    monkeypatch.setenv("ROLLBAR_ACCESS_TOKEN", "5" * 32)
    assert "no lab is needed" in repr(lifecycle.status())
