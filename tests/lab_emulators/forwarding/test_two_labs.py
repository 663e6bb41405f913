"""Real labs: one forwards to a second one that plays the real service, or to faults."""

import gzip
import json
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

import msgpack
import psutil
import pytest
import requests
import zstandard
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)

from lab_emulators.contract import HONEYCOMB_API_KEY
from lab_emulators.honeycomb.config import INGEST_KEY
from lab_emulators.store import Store

pytestmark = pytest.mark.xdist_group("lab")

KEY = INGEST_KEY  # of the second lab: it may send, and nothing else
HOST = [sys.executable, "-m", "lab_emulators", "--keep"]
ANY_PORT = [f"--{vendor}-port=0" for vendor in ("honeycomb", "aws", "xray", "rollbar")]


@dataclass
class Lab:
    """A lab of its own process, reached over its control address and its API."""

    process: subprocess.Popen
    line: dict
    state: Path

    def control(self, method, path, body=None):
        headers = {"X-Lab-Token": self.line["token"]}
        url = self.line["control"] + path
        return requests.request(method, url, json=body, headers=headers, timeout=30)

    def forward_to(self, endpoint, key=KEY, vendor="honeycomb"):
        upstreams = {vendor: {"endpoint": endpoint, "key": key}}
        answer = self.control("POST", "/forwarding", upstreams if endpoint else {})
        assert answer.status_code == 200

    @property
    def report(self):
        (report,) = self.control("GET", "/health").json()["forwarding"].values()
        return report

    def rollbar(self, method, path, scope, json=None):
        url = self.line["rollbar"]["endpoint"] + path
        headers = {"X-Rollbar-Access-Token": self.line["rollbar"]["tokens"][scope]}
        answer = requests.request(method, url, json=json, headers=headers, timeout=30)
        assert answer.status_code == 200
        return answer.json()["result"]

    def occurrences(self):
        instances = self.rollbar("GET", "instances/", "read")["instances"]
        return sorted((one["data"] for one in instances), key=repr)

    def post(self, path, body, **headers):
        """Sends as a stock client would, with the lab's key."""
        url = self.line["honeycomb"]["endpoint"] + path
        headers = {"X-Honeycomb-Team": HONEYCOMB_API_KEY} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        return requests.post(url, data=body, headers=headers, timeout=30)

    def count(self, dataset):
        """How many events of a dataset a query counts."""
        base = self.line["honeycomb"]["endpoint"]
        key = {"X-Honeycomb-Team": HONEYCOMB_API_KEY}
        query = requests.post(
            f"{base}/1/queries/{dataset}",
            json={"time_range": 600},
            headers=key,
            timeout=30,
        )
        made = requests.post(
            f"{base}/1/query_results/{dataset}",
            json={"query_id": query.json()["id"], "disable_series": True},
            headers=key,
            timeout=30,
        ).json()
        url = f"{base}/1/query_results/{dataset}/{made['id']}"
        result = requests.get(url, headers=key, timeout=30).json()
        return result["data"]["results"][0]["data"]["COUNT"]

    def end(self):
        self.control("POST", "/stop")
        self.process.wait(30)

    def stored(self):
        """Every row of every dataset of an ended lab."""
        with Store.open(self.state / "honeycomb" / "events.duckdb") as store:
            return {one.name: rows_of(store, one.name) for one in store.tables()}


def rows_of(store, slug):
    with store.reader() as reader:
        info = reader.table(slug)
        found = reader.execute(f"SELECT * FROM {info.physical}")
    names = {column.physical: key for key, column in info.columns.items()}
    rows = [
        {names.get(name, name): cell for name, cell in row.items() if cell is not None}
        for row in found.to_pylist()
    ]
    return sorted(rows, key=repr)


def started(state):
    process = subprocess.Popen(
        [*HOST, "--state-dir", str(state), *ANY_PORT],
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    return Lab(process, json.loads(process.stdout.readline()), state)


@pytest.fixture(scope="module")
def labs(tmp_path_factory):
    """A function that starts labs, all ended with the module."""
    opened = []

    def start(state=None):
        opened.append(started(state or tmp_path_factory.mktemp("state")))
        return opened[-1]

    yield start
    for lab in opened:
        lab.process.kill()
        lab.process.wait(20)
        lab.process.stdout.close()


@pytest.fixture(scope="module")
def shared(labs):
    """One lab for the tests of faults, each of which brings its own service."""
    return labs()


@pytest.fixture
def lab(shared):
    yield shared
    shared.forward_to(None)


def spans(service, count):
    """An OTLP request of some spans, as protobuf."""
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    name = resource.resource.attributes.add(key="service.name")
    name.value.string_value = service
    scope = resource.scope_spans.add()
    for number in range(count):
        now = time.time_ns()
        span = scope.spans.add(
            trace_id=uuid.uuid4().bytes,
            span_id=uuid.uuid4().bytes[:8],
            name=f"GET /{number}",
            start_time_unix_nano=now - 1_000_000,
            end_time_unix_nano=now,
        )
        span.attributes.add(key="n").value.int_value = number
        span.events.add(name="seen", time_unix_nano=now)
    return request.SerializeToString()


LOG = {
    "resourceLogs": [
        {
            "resource": {
                "attributes": [
                    {"key": "service.name", "value": {"stringValue": "logs"}}
                ]
            },
            "scopeLogs": [
                {
                    "logRecords": [
                        {
                            "timeUnixNano": "1767225600000000000",
                            "body": {"stringValue": "hello"},
                        }
                    ]
                }
            ],
        }
    ]
}


def send_all_kinds(lab):
    """Everything that the API takes, in every encoding; how many requests it was."""
    when = "2026-01-01T00:00:00.5Z"
    item = {"time": when, "samplerate": 3, "data": {"name": "tern", "n": 1.5}}
    packed = zstandard.compress(msgpack.packb([item, {"time": when, "data": {"a": 1}}]))
    otlp = {"Content_Type": "application/x-protobuf"}
    answers = [
        lab.post("/v1/traces", spans("plain", 30), **otlp),
        lab.post(
            "/v1/traces",
            gzip.compress(spans("zipped", 7)),
            Content_Encoding="gzip",
            **otlp,
        ),
        lab.post("/v1/logs", json.dumps(LOG), Content_Type="application/json"),
        lab.post(
            "/1/events/Some%20Birds",
            b'{"name":"gull","nested":{"a":[1]}}',
            X_Honeycomb_Event_Time=when,
            X_Honeycomb_Samplerate="4",
        ),
        lab.post("/1/batch/terns", json.dumps([item] * 5)),
        lab.post(
            "/1/batch/packed",
            packed,
            Content_Type="application/msgpack",
            Content_Encoding="zstd",
        ),
    ]
    assert [answer.status_code for answer in answers] == [200] * 6


def test_everything_that_is_sent_arrives_equal(labs, wait_until) -> None:
    lab, real = labs(), labs()
    send_all_kinds(lab)  # before there is a key: these stay here
    assert "forwarding" in lab.control("GET", "/health").json()
    lab.control("POST", "/reset")
    lab.forward_to(real.line["honeycomb"]["endpoint"])
    for _ in range(3):
        send_all_kinds(lab)
    refused = lab.post("/1/events/birds", b"not JSON")
    empty = lab.post("/v1/traces", b"", Content_Type="application/x-protobuf")
    assert (refused.status_code, empty.status_code) == (400, 200)
    wait_until(lambda: lab.report["waiting"] == 0)
    report = lab.report
    assert (report["dropped"], report["refused"], report["last_error"]) == (0, 0, "")
    items_arrive_equal(lab, real, wait_until)
    lab.end(), real.end()
    here, there = lab.stored(), real.stored()
    assert here == there
    assert sum(map(len, here.values())) == report["forwarded"] > 3 * 80
    assert {"plain", "zipped", "logs", "some-birds", "terns", "packed"} == here.keys()


def items_arrive_equal(lab, real, wait_until):
    """The same for Rollbar, whose libraries repeat the token in the body."""
    token = lab.line["rollbar"]["tokens"]["post_server_item"]
    url = real.line["rollbar"]["endpoint"].removesuffix("/api/1/")
    lab.forward_to(url, token, "rollbar")
    for number in range(5):
        body = {"message": {"body": f"snow ☃ {number}"}}
        data = {
            "environment": "test",
            "body": body,
            "timestamp": 1_767_225_600 + number,
            "uuid": str(uuid.UUID(int=number + 1)),
        }
        payload = {"access_token": token, "data": data}
        lab.rollbar("POST", "item/", "post_server_item", json=payload)
    wait_until(lambda: lab.report["forwarded"] == 5)
    assert len(lab.occurrences()) == 5
    assert lab.occurrences() == real.occurrences()


def events(lab, dataset, count):
    """Sends events one by one; every one must be accepted."""
    for number in range(count):
        answer = lab.post(f"/1/events/{dataset}", json.dumps({"n": number}))
        assert answer.status_code == 200


def hang(service):
    """Lets the service answer nothing until the event that is returned is set."""
    released = threading.Event()
    service.answer = lambda _: (released.wait(60), (200, {}, b""))[1]
    return released


@pytest.mark.parametrize(
    ("status", "headers"),
    [(429, {"Retry_After": "1"}), (500, {}), (503, {"Retry_After": "1"})],
)
def test_a_service_that_fails_costs_the_student_nothing(
    lab, service, wait_until, status, headers
) -> None:
    dataset = f"fails-{status}"
    service.answers(status, b'{"error":"not now"}', **headers)
    lab.forward_to(service.url)
    events(lab, dataset, 20)
    wait_until(lambda: lab.report["state"] == "retrying")
    report = lab.report
    assert (report["waiting"], report["forwarded"]) == (20, 0)
    assert report["last_error"] == f"HTTP {status}: not now"
    service.answers(200)
    wait_until(lambda: lab.report["forwarded"] == 20)
    assert lab.count(dataset) == 20


def test_a_service_that_hangs_keeps_nobody_waiting(lab, service, wait_until) -> None:
    released = hang(service)
    lab.forward_to(service.url)
    events(lab, "hangs", 20)
    assert lab.count("hangs") == 20
    wait_until(lambda: len(service.requests) == 1)
    assert lab.report["waiting"] == 20  # all was answered while the first one hangs
    released.set()
    wait_until(lambda: lab.report["forwarded"] == 20)


def test_a_service_that_is_gone_gets_the_copies_when_it_is_back(
    lab, serve, wait_until
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    lab.forward_to(f"http://127.0.0.1:{port}")
    events(lab, "gone", 20)
    wait_until(lambda: lab.report["state"] == "retrying")
    assert lab.report["last_error"].startswith("no connection")
    with serve(port) as service:
        wait_until(lambda: lab.report["forwarded"] == 20)
        assert [json.loads(r.body)["n"] for r in service.requests] == [*range(20)]
    assert lab.count("gone") == 20


def test_a_slow_service_slows_nobody_and_gets_everything(
    lab, service, wait_until
) -> None:
    service.answer = lambda _: (time.sleep(0.1), (200, {}, b""))[1]
    lab.forward_to(service.url)
    events(lab, "slow", 20)
    assert lab.report["waiting"] > 0
    wait_until(lambda: lab.report["forwarded"] == 20)
    assert lab.count("slow") == 20


def test_a_refused_key_is_tried_once_and_said_until_there_is_another(
    lab, service, wait_until
) -> None:
    service.answer = lambda r: (
        (200, {}, b"")
        if r.headers["X-Honeycomb-Team"] == KEY
        else (401, {}, b'{"error":"unknown API key - check your credentials"}')
    )
    lab.forward_to(service.url, "hcaik-of-nobody")
    events(lab, "stranger", 20)
    wait_until(lambda: lab.report["state"] == "key refused")
    events(lab, "stranger", 5)
    lab.forward_to(service.url, "hcaik-of-nobody")
    assert (len(service.requests), lab.report["waiting"]) == (1, 25)
    assert "unknown API key" in lab.report["last_error"]
    lab.forward_to(service.url)
    wait_until(lambda: lab.report["forwarded"] == 25)
    assert lab.count("stranger") == 25


def test_without_a_key_no_connection_is_opened(lab, service, wait_until) -> None:
    def outward():
        own = psutil.Process(lab.process.pid).net_connections()
        return [one for one in own if one.raddr and one.raddr.port == port]

    port = int(service.url.rpartition(":")[2])
    events(lab, "quiet", 20)
    assert (outward(), service.connections) == ([], 0)
    lab.forward_to(service.url)
    assert (outward(), service.connections) == ([], 0)
    events(lab, "quiet", 1)
    wait_until(lambda: lab.report["forwarded"] == 1)
    assert len(outward()) == 1
    lab.forward_to(None)
    wait_until(lambda: not outward())
    events(lab, "quiet", 20)
    assert len(service.requests) == 1


def test_the_copy_of_an_item_has_the_real_token_and_not_the_labs(
    lab, service, wait_until
) -> None:
    lab.forward_to(service.url, "f" * 32, "rollbar")
    token = lab.line["rollbar"]["tokens"]["post_server_item"]
    body = {"message": {"body": "hello"}}
    payload = {"access_token": token, "data": {"environment": "t", "body": body}}
    lab.rollbar("POST", "item/", "post_server_item", json=payload)
    wait_until(lambda: lab.report["forwarded"] == 1)
    (request,) = service.requests
    assert request.path == "/api/1/item/"
    assert request.headers["X-Rollbar-Access-Token"] == "f" * 32
    assert json.loads(request.body) == {"data": {"environment": "t", "body": body}}


def test_a_killed_lab_loses_copies_that_wait_and_nothing_of_the_students(
    labs, service, wait_until
) -> None:
    lab = labs()
    released = hang(service)
    lab.forward_to(service.url)
    events(lab, "killed", 20)
    wait_until(lambda: service.requests)
    lab.process.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
    lab.process.wait(20)
    released.set()
    again = labs(lab.state)
    assert again.count("killed") == 20
    assert again.control("GET", "/health").json()["forwarding"] == {}
    service.answers(200)
    again.forward_to(service.url)
    events(again, "killed", 2)
    wait_until(lambda: again.report["forwarded"] == 2)
    service.requests.clear()
    events(again, "killed", 20)
    again.end()  # where nothing fails, what still waits goes first
    assert len(service.requests) == 20


def test_the_key_is_nowhere_but_in_memory_and_on_the_wire(
    labs, service, wait_until
) -> None:
    lab, key = labs(), "hcaikSecretOfThisTest"
    service.answers(500, f'{{"error":"{key} is tired"}}'.encode())
    lab.forward_to(service.url, key)
    events(lab, "secret", 5)
    wait_until(lambda: lab.report["state"] == "retrying")
    shown = lab.control("GET", "/health").text
    wrong = lab.control("POST", "/forwarding", {"honeycomb": {"key": key}})
    process = psutil.Process(lab.process.pid)
    shown += wrong.text + " ".join(process.cmdline()) + repr(process.environ())
    assert wrong.status_code == 400
    lab.end()
    files = [path for path in lab.state.rglob("*") if path.is_file()]
    assert len(files) > 4
    assert key in service.requests[0].headers["X-Honeycomb-Team"]
    assert key not in shown
    assert [p for p in files if key.encode() in p.read_bytes()] == []


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ([], "not a JSON object"),
        ({"datadog": {}}, "'datadog' cannot be forwarded"),
        ({"honeycomb": {}}, "endpoint of 'honeycomb' is not a base URL"),
        ({"honeycomb": {"endpoint": "ftp://x", "key": "k"}}, "not a base URL"),
        ({"honeycomb": {"endpoint": "https://x"}}, "key of 'honeycomb' is not"),
        ({"honeycomb": {"endpoint": "https://x", "key": "a\nb"}}, "printable ASCII"),
    ],
)
def test_a_control_call_that_cannot_be_meant_is_refused(lab, body, complaint) -> None:
    answer = lab.control("POST", "/forwarding", body)
    assert answer.status_code == 400
    assert complaint in answer.json()["error"]
    assert lab.control("GET", "/health").json()["forwarding"] == {}


def test_only_who_has_the_token_may_let_the_lab_forward(lab) -> None:
    body = {"honeycomb": {"endpoint": "https://x", "key": "k"}}
    url = lab.line["control"] + "/forwarding"
    assert requests.post(url, json=body, timeout=30).status_code == 401
    assert lab.control("GET", "/health").json()["forwarding"] == {}
