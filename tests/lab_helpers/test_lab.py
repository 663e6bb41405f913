"""The lab as a notebook meets it."""

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from lab_helpers import lab, process, settings
from lab_helpers.doctor import honeycomb
from lab_helpers.lab import Lab
from lab_helpers.process import Running
from lab_helpers.settings import Mode

pytestmark = pytest.mark.xdist_group("lab")

REAL_KEY = "hcaik" + "x" * 17
SHOW = """
import os
from lab_helpers import lab
lab.start()
print(os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"])
"""


@pytest.fixture(autouse=True)
def key_answer(monkeypatch):
    """No key is tried: tests have no network."""
    answer = "key accepted, environment test"
    monkeypatch.setattr(
        honeycomb,
        "key_answer",
        lambda s: "" if s.honeycomb.mode is Mode.EMULATED else answer,
    )


def lab_of(notes=(), **environ):
    found = settings.load({"LAB_ENV_FILE": ""} | environ)
    running = Running(1, "http://127.0.0.1:1", "t", notes=notes)
    return Lab(found, running if found.needs_lab else None)


def test_start_sets_the_vendors_variables_and_can_be_called_again(lab_state):
    first = lab.start()
    assert os.environ["HONEYCOMB_API_ENDPOINT"] == first.endpoint
    assert os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] == first.endpoint
    assert os.environ["OTEL_EXPORTER_OTLP_PROTOCOL"] == "http/protobuf"
    assert settings.LAB_API_KEY in os.environ["OTEL_EXPORTER_OTLP_HEADERS"]
    assert os.environ["AWS_ENDPOINT_URL"] == first.running.addresses.aws
    assert os.environ["AWS_XRAY_DAEMON_ADDRESS"] == first.running.addresses.xray
    assert Path(os.environ["AWS_CONFIG_FILE"]).read_bytes() == b""
    assert os.environ["ROLLBAR_ENDPOINT"] == first.running.addresses.rollbar
    again = lab.start()
    assert again.running == first.running
    assert repr(again) == repr(first)


def test_a_kernel_that_ends_gives_its_lease_back(lab_state):
    running = process.start(settings.load())
    kernel = subprocess.run([sys.executable, "-c", SHOW], capture_output=True)
    assert kernel.stdout.decode().strip() == running.addresses.honeycomb
    assert process.call(running, "GET", "/health")["leases"] == 0


def test_a_lab_that_died_is_started_again_by_the_next_start(lab_state):
    first = lab.start()
    process.stop(lab_state)
    second = lab.start()
    assert second.running.pid != first.running.pid
    assert os.environ["HONEYCOMB_API_ENDPOINT"] == second.endpoint


def test_a_lab_that_listens_elsewhere_says_what_to_run_again(lab_state, monkeypatch):
    first = lab.start()
    assert lab.MOVED not in repr(lab.start())
    process.stop(lab_state)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(first.endpoint.rpartition(":")[2])))
        taken.listen()
        second = lab.start()
    assert second.endpoint != first.endpoint
    assert f"Note: {lab.MOVED}" in repr(second)


def test_with_every_vendor_real_no_lab_is_needed(lab_state, monkeypatch):
    monkeypatch.setenv("HONEYCOMB_API_KEY", REAL_KEY)
    monkeypatch.setenv("LAB_HONEYCOMB", "real")
    monkeypatch.setenv("AWS_PROFILE", "work")
    monkeypatch.setenv("ROLLBAR_ACCESS_TOKEN", "a" * 32)
    found = lab.start()
    assert found.running is None
    assert os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] == "https://api.honeycomb.io"
    key = "key accepted, environment test"
    assert f"real: https://api.honeycomb.io; {key}" in repr(found)
    assert "AWS            real: work" in repr(found)
    assert "your daemon at 127.0.0.1:2000" in repr(found)
    assert "Rollbar        real: https://api.rollbar.com/api/1/" in repr(found)
    assert not lab_state.exists()


def test_what_is_shown_is_the_same_whatever_the_port_and_names_no_key():
    shown = repr(lab_of())
    assert shown.startswith("The lab is running.\n  Honeycomb      local emulator")
    assert "127.0.0.1" not in shown
    assert settings.LAB_API_KEY not in shown + lab_of()._repr_html_()
    assert "\n  Rollbar        local emulator" in shown


def test_a_taken_port_and_a_winning_variable_are_said():
    found = lab_of(
        notes=("port 7318 is taken, using 7319",),
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT="http://localhost:9",
    )
    assert "Note: port 7318 is taken, using 7319" in repr(found)
    assert "TRACES_ENDPOINT is set and wins" in found._repr_html_()


def test_otlp_of_your_own_is_shown_as_yours():
    found = lab_of(OTEL_EXPORTER_OTLP_ENDPOINT="http://collector:4318")
    assert "yours: http://collector:4318" in repr(found)


def test_what_is_forwarded_is_checked_here_and_says_where_the_copy_goes():
    token = {"ROLLBAR_ACCESS_TOKEN": "a" * 32, "LAB_ROLLBAR": "forwarded"}
    found = lab_of(HONEYCOMB_API_KEY=REAL_KEY, **token)
    here = "forwarded: checked here, a copy goes to https://api."
    assert f"\n  Honeycomb      {here}honeycomb.io\n" in repr(found)
    assert f"\n  Rollbar        {here}rollbar.com" in repr(found)
    assert "to Honeycomb, over OTLP" in repr(found)
    assert REAL_KEY not in repr(found) + found._repr_html_()


def test_the_table_can_be_read_without_color_and_shows_no_markup_of_yours():
    found = lab_of(OTEL_EXPORTER_OTLP_ENDPOINT="http://a<b>:1")
    assert '<th scope="row"' in found._repr_html_()
    assert "a&lt;b&gt;" in found._repr_html_()


def test_the_export_list_has_every_call_of_the_pages():
    called = set()
    for page in sorted((settings.ROOT / "notebooks").glob("*.ipynb")):
        for cell in json.loads(page.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                called |= set(re.findall(r"\blab\.(\w+)\(", "".join(cell["source"])))
    assert {"start", "check", "hint", "solution", "use", "progress"} <= called
    assert called <= set(lab.__all__)


def test_the_export_list_is_sorted_and_each_name_is_documented():
    assert lab.__all__ == sorted(lab.__all__)
    assert [name for name in lab.__all__ if not getattr(lab, name).__doc__] == []
