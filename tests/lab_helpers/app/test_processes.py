"""Three processes."""

from __future__ import annotations

import json
import subprocess
import sys

import psutil
import pytest
import requests

from lab_helpers.app import ServiceError, run_processes
from lab_helpers.app import processes as app_processes
from lab_helpers.app.service import USER_HEADER

pytestmark = pytest.mark.xdist_group("lab")

WHO = {USER_HEADER: "marisol"}


@pytest.fixture(scope="module")
def setup_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("setup") / "setup.py"
    path.write_text(
        "import os\n"
        "def instrument(app, service):\n"
        "    print('printing does no harm')\n"
        "    @app.after_request\n"
        "    def sign(response):\n"
        "        response.headers['X-Signed'] = service + os.environ['MARK']\n"
        "        return response\n",
        encoding="utf-8",
    )
    return path


@pytest.fixture(scope="module")
def running(setup_file):
    with run_processes(
        setup=setup_file, env={"MARK": "!"}, pace=0, name="test-processes"
    ) as processes:
        yield processes


def test_three_processes_answer_as_one_app(running):
    home = requests.get(f"{running.url}/api/feed/home", headers=WHO, timeout=10)
    assert len(home.json()["calls"]) == 54
    page = requests.get(f"{running.url}/api/message_groups", headers=WHO, timeout=10)
    assert page.json()["groups"]
    assert len({psutil.Process(pid).pid for pid in running.pids.values()}) == 3
    assert repr(running).startswith("three Kittiwake processes: api on port ")


def test_the_setup_file_runs_in_every_process_with_the_given_environment(running):
    for service, url in running.urls.items():
        health = requests.get(f"{url}/health", timeout=10)
        assert health.headers["X-Signed"] == f"{service}!"
        assert "printing does no harm" in running.log(service)


def test_a_process_that_cannot_start_says_why(tmp_path):
    broken = tmp_path / "broken.py"
    broken.write_text("def instrument(app, service):\n    1 / 0\n", encoding="utf-8")
    with pytest.raises(ServiceError, match="feed process did not start") as caught:
        run_processes(setup=broken, pace=0, name="test-broken")
    assert "ZeroDivisionError" in str(caught.value)


def test_while_they_start_it_says_which_are_ready(monkeypatch):
    lines = []

    class Recorder:
        def __init__(self, words):
            self.words = words

        def __enter__(self):
            return self

        def __exit__(self, *_):
            """Removes nothing."""

        def __setattr__(self, name, words):
            lines.append(words)

    monkeypatch.setattr(app_processes, "StatusLine", Recorder)
    with run_processes(pace=0, name="test-words"):
        assert lines == [
            "three processes: feed starts, messages starts, api starts",
            "three processes: feed is ready, messages starts, api starts",
            "three processes: feed is ready, messages is ready, api starts",
            "three processes: feed is ready, messages is ready, api is ready",
        ]


def test_a_process_that_makes_no_progress_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(app_processes, "IDLE_SECONDS", 1.0)
    stuck = tmp_path / "stuck.py"
    stuck.write_text(
        "import time\ndef instrument(app, service):\n    time.sleep(100)\n",
        encoding="utf-8",
    )
    with pytest.raises(ServiceError, match="feed process did not start"):
        run_processes(setup=stuck, pace=0, name="test-stuck")


def test_processes_of_a_name_replace_the_ones_before_and_find_their_state(tmp_path):
    old = run_processes(pace=0, state=tmp_path, name="test-replace")
    body = {"message": "still here", "ttl": "4w"}
    made = requests.post(f"{old.url}/api/calls", json=body, headers=WHO, timeout=10)
    with run_processes(pace=0, state=tmp_path, name="test-replace") as new:
        assert not any(psutil.pid_exists(pid) for pid in old.pids.values())
        assert repr(old) == "three Kittiwake processes, stopped"
        path = f"/api/calls/{made.json()['id']}"
        assert requests.get(new.url + path, headers=WHO, timeout=10).ok
    assert not new.alive
    assert {path.name for path in tmp_path.glob("*.db")} == {"feed.db", "messages.db"}


def test_what_a_process_printed_can_be_read_after_its_end(tmp_path):
    chatty = tmp_path / "chatty.py"
    chatty.write_text(
        "import atexit\n"
        "def instrument(app, service):\n"
        "    atexit.register(print, 'last words of', service)\n",
        encoding="utf-8",
    )
    with run_processes(setup=chatty, pace=0, name="test-chatty") as processes:
        assert processes.alive
    assert processes.log("feed") == "last words of feed"


def test_a_child_ends_when_its_standard_input_closes():
    command = [sys.executable, "-m", "lab_helpers.app", "messages", "--pace=0"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write('{"env": {}, "urls": {}}\n')
        child.stdin.flush()
        ready = json.loads(child.stdout.readline())
        assert requests.get(f"{ready['url']}/health", timeout=10).ok
        assert (ready["service"], ready["pid"]) == ("messages", child.pid)
        child.stdin.close()
        assert child.wait(20) == 0


def test_children_end_with_the_parent_however_it_dies(tmp_path):
    script = (
        "import json, tempfile, time\n"
        f"tempfile.tempdir = {str(tmp_path)!r}\n"
        "from lab_helpers.app import run_processes\n"
        "print(json.dumps(run_processes(pace=0).pids), flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        pids = json.loads(parent.stdout.readline()).values()
        children = [psutil.Process(pid) for pid in pids]
        parent.kill()
    _, alive = psutil.wait_procs(children, timeout=20)
    assert alive == []
