"""Forwarded mode as a notebook meets it, with a second lab as the real service."""

import os
import signal
import subprocess
import sys
import time

import pytest
import requests
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from lab_emulators.honeycomb.config import INGEST_KEY
from lab_helpers import cli, history, lab, process, settings
from lab_helpers.process.forwarding import Forwarding, forwarding_of
from lab_helpers.settings import honeycomb

pytestmark = pytest.mark.xdist_group("lab")

STRANGER = "hcaik" + "x" * 17
KERNEL = """
import os, sys
from lab_helpers import lab
from lab_helpers.settings import honeycomb
honeycomb.REAL = sys.argv[1]
print(lab.start())
print(os.environ["HONEYCOMB_API_KEY"])
"""


@pytest.fixture
def real(session_lab, lab_state, monkeypatch):
    """The session's lab as the real service; what is forwarded has an ingest key."""
    url = session_lab.addresses.honeycomb
    monkeypatch.setattr(honeycomb, "REAL", url)
    monkeypatch.setenv("HONEYCOMB_API_KEY", INGEST_KEY)
    return url


def wait_until(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def send_span(service):
    """One span as a stock exporter sends it where the environment says."""
    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter()))
    provider.get_tracer("test").start_span("call").end()
    provider.shutdown()


def send_event(dataset):
    """One event as the Events API takes it, with the key of the environment."""
    url = f"{os.environ['HONEYCOMB_API_ENDPOINT']}/1/events/{dataset}"
    key = {"X-Honeycomb-Team": os.environ["HONEYCOMB_API_KEY"]}
    assert requests.post(url, json={"n": 1}, headers=key, timeout=20).status_code == 200


def datasets(url):
    key = {"X-Honeycomb-Team": settings.LAB_API_KEY}
    answer = requests.get(f"{url}/1/datasets", headers=key, timeout=20)
    return {one["slug"] for one in answer.json()}


def forwarded(running):
    return [one.forwarded for one in forwarding_of(running)]


def test_what_a_stock_client_sends_is_in_the_lab_and_at_the_real_service(real):
    started = lab.start()
    assert f"Honeycomb      forwarded: checked here, a copy goes to {real}" in repr(
        started
    )
    assert os.environ["HONEYCOMB_API_KEY"] == settings.LAB_API_KEY
    assert started.endpoint == started.running.addresses.honeycomb != real
    send_span("forwarded-span")
    send_event("forwarded-event")
    wait_until(lambda: forwarded(started.running) == [2])
    assert datasets(started.endpoint) == {"forwarded-span", "forwarded-event"}
    assert datasets(real) >= {"forwarded-span", "forwarded-event"}
    assert f"copies to {real}: 2 forwarded, 0 waiting, 0 dropped, 0 refused" in repr(
        lab.status()
    )
    assert repr(lab.start()) == repr(started)
    assert forwarded(started.running) == [2]


def test_a_day_of_the_past_is_copied_without_a_confirmation(real):
    started = lab.start()
    day = history.day(requests=40, name="copied-day")
    delivery = day.send(progress=False)
    assert delivery.sent == delivery.total
    events = len(day.spans)  # what a span recorded is an event of its own
    wait_until(lambda: forwarded(started.running) == [events])
    assert datasets(real) >= {"copied-day-api", "copied-day-feed"}
    assert day.send(progress=False).sent == 0
    assert forwarded(started.running) == [events]


def test_a_restarted_kernel_and_a_child_of_one_go_on_forwarding(real):
    shell = dict(os.environ)  # as it was before a kernel's lab.start() changed it
    first = lab.start()
    send_event("first-kernel")
    wait_until(lambda: forwarded(first.running) == [1])
    for environ in (shell, dict(os.environ)):
        seen = subprocess.run(
            [sys.executable, "-c", KERNEL, real],
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert seen.stdout.splitlines()[-1] == settings.LAB_API_KEY, seen.stderr
        assert f"a copy goes to {real}" in seen.stdout
    send_event("first-kernel")
    wait_until(lambda: forwarded(first.running) == [2])


def test_a_killed_lab_forwards_again_after_the_next_start(real):
    first = lab.start()
    os.kill(first.running.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
    second = lab.start()
    assert second.running.pid != first.running.pid
    send_event("after-the-kill")
    wait_until(lambda: forwarded(second.running) == [1])


def test_a_running_lab_learns_of_a_key_and_that_it_is_gone(real, monkeypatch):
    monkeypatch.setenv("LAB_HONEYCOMB", "emulated")
    started = lab.start()
    assert "local emulator" in repr(started).splitlines()[1]
    assert forwarding_of(started.running) == ()
    send_event("stays-here")
    monkeypatch.setenv("LAB_HONEYCOMB", "")
    assert "begins it" in repr(lab.status())
    again = lab.start()
    assert again.running == started.running
    send_event("goes-there")
    wait_until(lambda: forwarded(again.running) == [1])
    monkeypatch.setenv("LAB_HONEYCOMB", "real")
    assert f"real: {real}" in repr(lab.start())
    assert forwarding_of(again.running) == ()
    assert os.environ["HONEYCOMB_API_KEY"] == INGEST_KEY
    assert "stays-here" not in datasets(real)


def test_a_key_that_is_refused_is_a_note_of_start_and_status(
    real, monkeypatch, capsys, lab_state
):
    monkeypatch.setenv("HONEYCOMB_API_KEY", STRANGER)
    started = lab.start()
    assert started.notes == ()
    send_event("refused")
    wait_until(lambda: forwarding_of(started.running)[0].state == "key refused")
    (note,) = lab.start().notes
    assert "unknown API key" in note and "set another HONEYCOMB_API_KEY" in note
    assert cli.main(["status"]) == 0
    assert note in capsys.readouterr().out
    assert datasets(started.endpoint) == {"refused"}
    monkeypatch.setenv("HONEYCOMB_API_KEY", INGEST_KEY)
    assert lab.start().running == started.running
    wait_until(lambda: forwarded(started.running) == [1])


def test_the_key_is_not_on_the_disk_nor_in_what_lab_env_prints(
    real, lab_state, capsys, tmp_path, monkeypatch
):
    file = tmp_path / ".env"
    file.write_text(f"HONEYCOMB_API_KEY={STRANGER}\n", encoding="utf-8")
    monkeypatch.delenv("HONEYCOMB_API_KEY")
    monkeypatch.setenv("LAB_ENV_FILE", str(file))
    started = lab.start()
    send_event("secret")
    wait_until(lambda: forwarding_of(started.running)[0].state == "key refused")
    assert cli.main(["env", "--json"]) == 0
    assert cli.main(["env", "--shell", "sh"]) == 0
    shown = capsys.readouterr().out + repr(started) + repr(lab.status())
    shown += repr(dict(os.environ)) + repr(forwarding_of(started.running))
    assert settings.LAB_API_KEY in shown
    assert STRANGER not in shown
    process.stop(lab_state)
    files = [path for path in lab_state.rglob("*") if path.is_file()]
    assert len(files) > 4
    assert [p for p in files if STRANGER.encode() in p.read_bytes()] == []


COPIES = Forwarding("honeycomb", "https://real", "forwarding", 1234, 0, 0, 0, "")


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({}, ""),
        (
            {"state": "retrying", "waiting": 1, "last_error": "HTTP 503: busy"},
            "https://real does not take copies at the moment (HTTP 503: busy): 1 event "
            "is waiting, the lab tries again by itself.",
        ),
        (
            {"vendor": "rollbar", "state": "key refused", "last_error": "HTTP 401: no"},
            "Rollbar refused the key (HTTP 401: no), so no copy is sent until you set "
            "another ROLLBAR_ACCESS_TOKEN and start again; the lab itself has "
            "everything.",
        ),
        (
            {"dropped": 3000, "refused": 2, "last_error": "HTTP 400: no"},
            "3,002 events are in the lab, but not at https://real: 2 refused, 3,000 "
            "dropped (HTTP 400: no).",
        ),
        (
            {"dropped": 1},
            "1 event is in the lab, but not at https://real: 0 refused, 1 dropped "
            "(more waited than the lab keeps).",
        ),
    ],
)
def test_a_note_says_what_is_wrong_and_is_empty_when_nothing_is(changes, note):
    from dataclasses import replace

    assert replace(COPIES, **changes).note == note
    assert repr(COPIES) == "1,234 forwarded, 0 waiting, 0 dropped, 0 refused"
