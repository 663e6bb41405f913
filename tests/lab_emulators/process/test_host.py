"""The process that hosts the emulators: ready, safe, and gone when not needed."""

import http.client
import json
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from urllib.parse import urlsplit

import psutil
import pytest
import requests

HOST = [sys.executable, "-m", "lab_emulators"]
VENDORS = ("honeycomb", "aws", "xray", "rollbar")
ANY_PORT = [f"--{vendor}-port=0" for vendor in VENDORS]


@pytest.fixture
def spawn(tmp_path):
    """Start a host on any port; returns (process, its one line); ends them all."""
    started = []

    def start(*arguments, state=tmp_path / "state"):
        command = [*HOST, "--state-dir", str(state), *ANY_PORT]
        process = subprocess.Popen(
            [*command, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            text=True,
        )
        started.append(process)
        return process, json.loads(process.stdout.readline())

    yield start
    for process in started:
        process.kill()
        process.wait(20)
        process.stdout.close()


def control(line, method, path, token="the right one"):
    token = line["token"] if token == "the right one" else token
    headers = {"X-Lab-Token": token} if token else {}
    url = line["control"] + path
    return requests.request(method, url, headers=headers, timeout=20)


def honeycomb(line, method, path, body=None):
    key = {"X-Honeycomb-Team": line["honeycomb"]["api_key"]}
    url = line["honeycomb"]["endpoint"] + path
    return requests.request(method, url, json=body, headers=key, timeout=30)


def count(line, dataset):
    query = honeycomb(line, "POST", f"/1/queries/{dataset}", {"time_range": 600})
    wanted = {"query_id": query.json()["id"], "disable_series": True}
    made = honeycomb(line, "POST", f"/1/query_results/{dataset}", wanted)
    result = honeycomb(line, "GET", f"/1/query_results/{dataset}/{made.json()['id']}")
    return result.json()["data"]["results"][0]["data"]["COUNT"]


def test_the_ready_line_says_where_everything_is(spawn):
    process, line = spawn()
    assert line["ready"] is True
    assert line["pid"] == process.pid
    assert len(line["token"]) > 16
    assert line["said"] == []
    assert honeycomb(line, "GET", "/1/auth").status_code == 200
    assert honeycomb(line, "GET", "/1/datasets").json() == []


def test_the_process_goes_without_pandas_and_says_nothing(spawn, tmp_path):
    process, line = spawn()
    honeycomb(line, "POST", "/1/events/web", {"a": [1], "b": 2.5})
    maps = [entry.path for entry in psutil.Process(process.pid).memory_maps()]
    assert any("pyarrow" in path for path in maps)
    assert not any("pandas" in path for path in maps)
    assert (tmp_path / "state" / "emulators.log").read_text() == ""


def test_a_taken_port_is_replaced_by_the_next_free_one(spawn):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        _, line = spawn("--honeycomb-port", str(port))
    used = urlsplit(line["honeycomb"]["endpoint"]).port
    assert used > port
    assert line["said"] == [f"port {port} is taken, using {used}"]
    assert honeycomb(line, "GET", "/1/auth").status_code == 200


def test_what_was_acknowledged_survives_kill_9(spawn):
    process, line = spawn()
    acknowledged = 0
    for number in range(30):
        items = [{"data": {"n": number, f"column{number}": item}} for item in range(20)]
        answer = honeycomb(line, "POST", "/1/batch/web", items)
        acknowledged += answer.json().count({"status": 202})
    process.kill()  # SIGKILL, or what Windows has for it
    process.wait(20)
    _, again = spawn()
    assert acknowledged == 600
    assert count(again, "web") == 600


def rollbar(line, method, path, scope, body=None):
    token = {"X-Rollbar-Access-Token": line["rollbar"]["tokens"][scope]}
    url = line["rollbar"]["endpoint"] + path
    return requests.request(method, url, json=body, headers=token, timeout=30)


def report(line, number):
    """Report one of three kinds of message; its uuid if it was taken."""
    body = {"message": {"body": "abc"[number % 3]}}
    data = {"environment": "lab", "body": body, "uuid": str(number)}
    try:
        answer = rollbar(line, "POST", "item/", "post_server_item", {"data": data})
    except requests.RequestException:
        return None
    return answer.json()["result"]["uuid"] if answer.ok else None


def test_an_error_and_its_items_count_survive_kill_9_together(spawn):
    process, line = spawn()
    assert line["rollbar"]["endpoint"].endswith("/api/1/")
    with ThreadPoolExecutor(8) as pool:
        sent = [pool.submit(report, line, number) for number in range(400)]
        while sum(future.done() for future in sent) < 100:
            time.sleep(0.01)
        process.kill()
        process.wait(20)
        acknowledged = {future.result() for future in sent} - {None}
    _, again = spawn()
    assert len(acknowledged) >= 50
    assert acknowledged <= stored_uuids(again)
    items = rollbar(again, "GET", "items/", "read").json()["result"]["items"]
    assert {item["title"] for item in items} == set("abc")
    total = sum(item["total_occurrences"] for item in items)
    assert total == len(stored_uuids(again)) <= 400


def stored_uuids(line):
    found, page = set(), 1
    while True:
        told = rollbar(line, "GET", f"instances/?page={page}", "read").json()
        instances = told["result"]["instances"]
        if not instances:
            return found
        found |= {instance["data"]["uuid"] for instance in instances}
        page += 1


def test_reset_empties_rollbar_too(spawn):
    _, line = spawn()
    assert report(line, 1) == "1"
    control(line, "POST", "/reset")
    assert stored_uuids(line) == set()
    assert report(line, 1) == "1"
    assert stored_uuids(line) == {"1"}


@pytest.mark.parametrize("token", [None, "", "wrong"])
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/health"), ("GET", "/lease"), ("POST", "/reset"), ("POST", "/stop")],
)
def test_the_control_side_wants_the_token(shared, method, path, token):
    assert control(shared, method, path, token).status_code == 401
    assert control(shared, "GET", "/health").json()["leases"] == 0


def test_every_port_refuses_the_host_of_a_web_page(shared):
    xray = f"http://{shared['xray']['daemon_address']}"
    urls = [shared[vendor]["endpoint"] for vendor in ("honeycomb", "aws", "rollbar")]
    for url in (*urls, xray, shared["control"]):
        for host, refused in {"evil.example": True, "localhost:1": False}.items():
            answer = requests.get(url, headers={"Host": host}, timeout=20)
            assert (answer.status_code == 421) is refused, url
            assert ("the Host header 'evil.example'" in answer.text) is refused


def test_unknown_control_paths_are_named(shared):
    answer = control(shared, "POST", "/nothing")
    assert (answer.status_code, answer.json()) == (
        404,
        {"error": "there is no POST /nothing"},
    )


def test_health_tells_who_needs_the_process(shared):
    told = control(shared, "GET", "/health").json()
    assert told["kept"] is True
    assert told["honeycomb"] == shared["honeycomb"]
    assert told["version"] == shared["version"]


def test_reset_empties_everything_and_keeps_serving(shared):
    honeycomb(shared, "POST", "/1/events/web", {"a": 1})
    field = {"alias": "b", "expression": "$a"}
    honeycomb(shared, "POST", "/1/derived_columns/__all__", field)
    assert control(shared, "POST", "/reset").status_code == 200
    assert honeycomb(shared, "GET", "/1/datasets").json() == []
    assert honeycomb(shared, "GET", "/1/derived_columns/__all__").json() == []
    assert honeycomb(shared, "POST", "/1/events/web", {"a": 1}).status_code == 200


def test_stop_ends_the_process_and_frees_the_data(spawn):
    process, line = spawn("--keep")
    honeycomb(line, "POST", "/1/events/web", {"a": 1})
    assert control(line, "POST", "/stop").status_code == 200
    assert process.wait(20) == 0
    with pytest.raises(requests.ConnectionError):
        control(line, "GET", "/health")
    _, again = spawn()
    assert count(again, "web") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to send")
def test_a_termination_signal_is_a_graceful_stop(spawn):
    process, _ = spawn("--keep")
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0


def lease(line):
    wire = http.client.HTTPConnection(urlsplit(line["control"]).netloc, timeout=20)
    wire.request("GET", "/lease", headers={"X-Lab-Token": line["token"]})
    assert wire.getresponse().status == 200
    return wire


def test_the_process_ends_after_the_grace_without_a_lease(spawn):
    process, _ = spawn("--grace", "0.2")
    assert process.wait(20) == 0


def test_a_lease_keeps_the_process_and_its_end_ends_it(spawn):
    process, line = spawn("--grace", "0.5")
    with closing(lease(line)), closing(lease(line)):
        time.sleep(1.5)  # three graces: time itself is what is tested
        assert control(line, "GET", "/health").json()["leases"] == 2
    assert process.wait(20) == 0


def test_a_kept_process_needs_no_lease(spawn):
    process, line = spawn("--grace", "1")
    assert control(line, "POST", "/keep").status_code == 200
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(2.5)


def refusal(spawn, state):
    process, line = spawn(state=state)
    assert process.wait(20) == 1
    assert line["ready"] is False
    return line["error"]


@pytest.mark.parametrize("content", [b"", b"not a database", b"SQLite format 3\0" * 50])
def test_damaged_data_is_refused_with_what_to_do(spawn, tmp_path, content):
    path = tmp_path / "state" / "honeycomb" / "events.duckdb"
    path.parent.mkdir(parents=True)
    path.write_bytes(content or b"\0" * 4096)
    error = refusal(spawn, tmp_path / "state")
    assert "lab reset" in error
    assert "events.duckdb" in error


def test_a_state_folder_that_is_a_file_is_refused(spawn, tmp_path):
    (tmp_path / "file").write_text("mine")
    assert "file" in refusal(spawn, tmp_path / "file")


def test_two_processes_do_not_share_the_data(spawn, tmp_path):
    spawn("--keep")
    assert "another process" in refusal(spawn, tmp_path / "state")


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One kept host for the tests that leave it as they found it."""
    state = tmp_path_factory.mktemp("shared")
    command = [*HOST, "--state-dir", str(state), *ANY_PORT, "--keep"]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield json.loads(process.stdout.readline())
        process.kill()


def test_the_version_can_be_asked_for(shared):
    told = subprocess.run(
        [*HOST, "--version"], capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == shared["version"]
