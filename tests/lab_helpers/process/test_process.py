"""Starting, finding and ending the lab's process; real processes throughout."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import psutil
import pytest
import requests

from lab_helpers import process, settings
from lab_helpers.process import LabError, spawn

pytestmark = pytest.mark.xdist_group("lab")

START = """
from lab_helpers import process, settings
print(process.start(settings.load()).pid)
"""


def host(monkeypatch, code):
    """Let the lab be a process that runs this code instead."""
    monkeypatch.setattr(spawn, "HOST", (sys.executable, "-c", code))


@pytest.fixture
def running(session_lab):
    """The session's lab and the settings that lead to it."""
    return session_lab, settings.load()


def test_a_second_start_finds_the_first(running):
    lab, wanted = running
    assert process.start(wanted) == lab
    assert process.find(wanted.state_dir) == lab


def test_the_lab_listens_on_loopback_alone(running):
    listening = psutil.Process(running[0].pid).net_connections()
    hosts = {c.laddr.ip for c in listening if c.status == psutil.CONN_LISTEN}
    assert hosts == {"127.0.0.1"}


def test_the_control_side_wants_the_token(running):
    stranger = replace(running[0], token="guess")
    with pytest.raises(LabError, match="401"):
        process.call(stranger, "POST", "/reset")


def test_the_token_is_readable_by_its_owner_only_and_on_no_command_line(running):
    lab, wanted = running
    if os.name == "posix":
        assert (wanted.state_dir / "lab.json").stat().st_mode & 0o077 == 0
    assert lab.token not in " ".join(psutil.Process(lab.pid).cmdline())
    assert lab.token not in repr(lab)


def test_a_lease_is_held_until_it_is_given_back(running):
    lab, _ = running
    process.hold(lab)
    process.hold(lab)
    wait_until(lambda: process.call(lab, "GET", "/health")["leases"] == 1)
    process.release(lab)
    wait_until(lambda: process.call(lab, "GET", "/health")["leases"] == 0)


def wait_until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_starts_at_the_same_moment_make_one_lab(lab_state):
    starters = [
        subprocess.Popen([sys.executable, "-c", START], stdout=subprocess.PIPE)
        for _ in range(3)
    ]
    told = {starter.communicate()[0] for starter in starters}
    assert told == {f"{process.find(lab_state).pid}{os.linesep}".encode()}


def test_the_lab_outlives_its_starter_and_dies_at_once_when_told(lab_state):
    starter = subprocess.run([sys.executable, "-c", START], capture_output=True)
    pid = int(starter.stdout)
    assert process.find(lab_state).pid == pid
    assert process.stop(lab_state) is True
    wait_until(lambda: not psutil.pid_exists(pid))
    assert process.stop(lab_state) is False


def test_a_killed_lab_is_started_again_with_its_data(lab_state):
    first = process.start(settings.load())
    team = {"x-honeycomb-team": settings.LAB_API_KEY}
    birds = f"{first.addresses.honeycomb}/1/events/birds"
    event = requests.post(birds, json={"n": 1}, headers=team, timeout=10)
    assert event.status_code == 200
    os.kill(first.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
    second = process.start(settings.load())
    assert second.pid != first.pid
    datasets = f"{second.addresses.honeycomb}/1/datasets"
    kept = requests.get(datasets, headers=team, timeout=10)
    assert [dataset["slug"] for dataset in kept.json()] == ["birds"]


def test_a_lab_of_another_version_is_replaced(lab_state):
    first = process.start(settings.load())
    file = lab_state / "lab.json"
    state = json.loads(file.read_text())
    state = {name: state[name] for name in ("pid", "control", "token")}
    file.write_text(json.dumps(state | {"version": "0.0.1", "endpoint": "x"}))
    second = process.start(settings.load())
    assert second.pid != first.pid
    assert not psutil.pid_exists(first.pid)


def test_a_lab_from_before_an_update_of_the_workbook_is_not_taken(running, monkeypatch):
    lab, wanted = running
    health = dict(process.call(lab, "GET", "/health"))
    del health["forwarding"]
    monkeypatch.setattr(spawn, "call", lambda *_, **__: health)
    assert process.find(wanted.state_dir) is None


@pytest.mark.parametrize("state", ["", "{", "[]", "{}", '{"notes": 3}', "\x00"])
def test_a_damaged_state_file_is_no_lab(tmp_path, state):
    (tmp_path / "lab.json").write_text(state)
    assert process.find(tmp_path) is None
    assert process.stop(tmp_path) is False


def test_a_host_that_fails_shows_the_end_of_its_log(lab_state, monkeypatch):
    host(monkeypatch, "import sys; sys.exit('no room on the device')")
    with pytest.raises(LabError, match=r"ended with 1[\s\S]*no room[\s\S]*lab doctor"):
        process.start(settings.load())
    assert process.find(lab_state) is None


def test_a_host_that_refuses_is_quoted(lab_state, monkeypatch):
    line = json.dumps({"ready": False, "error": "the data is foreign"})
    host(monkeypatch, f"print({line!r})")
    with pytest.raises(LabError, match="cannot start: the data is foreign"):
        process.start(settings.load())


def test_a_host_that_is_never_ready_is_ended_at_the_deadline(lab_state, monkeypatch):
    host(monkeypatch, "import time; time.sleep(60)")
    before = psutil.Process().children()
    with pytest.raises(LabError, match="not ready after 1 s"):
        process.start(replace(settings.load(), start_seconds=1))
    assert psutil.Process().children() == before


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    wanted = replace(settings.load(), state_dir=tmp_path / "file" / "state")
    with pytest.raises(LabError, match=r"cannot be made.*[\s\S]*LAB_STATE_DIR"):
        process.start(wanted)


def test_the_labs_own_exports_do_not_reach_its_process(lab_state, monkeypatch):
    show = "import os, json; print(json.dumps({'ready': False, 'error': "
    host(monkeypatch, f"{show} os.environ.get('HONEYCOMB_API_KEY', 'none')}}))")
    settings.export(settings.load())
    with pytest.raises(LabError, match="cannot start: none"):
        process.start(settings.load())
