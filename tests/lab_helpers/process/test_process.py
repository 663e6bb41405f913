"""Starting, finding and ending the lab's process; real processes throughout."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace

import filelock
import psutil
import pytest
import requests

from lab_helpers import process, settings
from lab_helpers.process import LabError, lifecycle, spawn
from lab_helpers.process.control import answers
from lab_helpers.process.state import write_state
from lab_helpers.settings import Ports

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
    assert second.addresses == first.addresses
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


BUSY = "import itertools, time\nend = time.monotonic() + 3\n"
BUSY += "while time.monotonic() < end: pass\n"


def test_a_host_that_makes_no_progress_is_ended(lab_state, monkeypatch):
    host(monkeypatch, "import time; time.sleep(60)")
    before = psutil.Process().children()
    with pytest.raises(LabError, match="no progress for 1 s"):
        process.start(replace(settings.load(), start_seconds=1))
    assert psutil.Process().children() == before


def test_a_slow_host_is_waited_for_as_long_as_it_works(lab_state, monkeypatch):
    line = json.dumps({"ready": False, "error": "after three seconds of work"})
    host(monkeypatch, f"{BUSY}print({line!r})")
    with pytest.raises(LabError, match="after three seconds of work"):
        process.start(replace(settings.load(), start_seconds=2))


def test_who_waits_for_another_starter_gives_up_when_that_is_stuck(lab_state):
    lab_state.mkdir()
    with (
        filelock.FileLock(lab_state / "lab.lock"),
        pytest.raises(LabError, match="another process is starting the lab and has"),
    ):
        process.start(replace(settings.load(), start_seconds=2))


def test_who_waits_for_another_starter_waits_while_that_makes_progress(lab_state):
    lab_state.mkdir()
    ready, lock = lab_state / spawn.READY, filelock.FileLock(lab_state / "lab.lock")
    ended = threading.Event()

    def start_slowly():
        with lock:
            for _ in range(35):
                ready.touch()
                time.sleep(0.1)
        ended.set()

    threading.Thread(target=start_slowly, daemon=True).start()
    wait_until(ready.exists)
    process.start(replace(settings.load(), start_seconds=2))
    assert ended.is_set()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows stops no process")
def test_a_stopped_lab_is_named_and_the_next_start_makes_another(
    lab_state, monkeypatch
):
    monkeypatch.setattr(spawn, "STOP_SECONDS", 1.0)
    first = process.start(settings.load())
    os.kill(first.pid, signal.SIGSTOP)
    assert process.unresponsive(lab_state) == first.pid
    said = repr(lifecycle.status())
    assert said.startswith(
        f"The lab's process {first.pid} is there and does not answer"
    )
    second = process.start(settings.load())
    assert second.pid != first.pid
    assert not psutil.pid_exists(first.pid)
    assert process.unresponsive(lab_state) is None


def test_a_process_that_has_the_labs_old_number_is_left_alone(lab_state):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=-1) as other:
        process.start(settings.load())
        running = process.find(lab_state)
        process.stop(lab_state)
        write_state(lab_state, replace(running, pid=other.pid))
        assert process.unresponsive(lab_state) is None
        assert process.stop(lab_state) is False
        assert other.poll() is None
        other.kill()


def test_a_lab_whose_folder_was_deleted_ends_itself(lab_state):
    running = process.start(settings.load(), keep=True)
    process.hold(running)
    shutil.rmtree(lab_state)
    wait_until(lambda: not answers(running))
    process.release(running)


def test_a_taken_port_is_one_short_note(lab_state):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ports = Ports(honeycomb=taken.getsockname()[1], aws=0, xray=0, rollbar=0)
        running = process.start(replace(settings.load(), ports=ports))
    assert running.notes == (
        "Other ports than usual, because yours were taken; nothing to do.",
    )


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
