"""The local AWS as the lab's process hosts it: ports, durability, the page on it."""

import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
import requests
from botocore.config import Config

from lab_emulators.contract import AWS_PORT, XRAY_PORT

pytestmark = pytest.mark.xdist_group("lab")

HOST = [sys.executable, "-m", "lab_emulators", "--honeycomb-port=0"]
PAGE = Path(__file__).resolve().parents[3] / "docs" / "real_xray_daemon.md"


@pytest.fixture
def spawn(tmp_path):
    """Start a host over one state folder; returns (process, its ready line)."""
    started = []

    def start(aws=0, xray=0):
        ports = [f"--aws-port={aws}", f"--xray-port={xray}"]
        process = subprocess.Popen(
            [*HOST, *ports, "--keep", "--state-dir", str(tmp_path / "state")],
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process, json.loads(process.stdout.readline())

    yield start
    for process in started:
        process.kill()
        process.wait(20)
        process.stdout.close()


@pytest.fixture
def xray():
    """Makes X-Ray clients for a ready line; closes them."""
    made = []

    def client(line):
        keys = {"aws_access_key_id": "lab", "aws_secret_access_key": "lab"}
        session = boto3.session.Session(region_name="us-east-1", **keys)
        once = Config(retries={"total_max_attempts": 1}, read_timeout=30)
        url = line["aws"]["endpoint"]
        made.append(session.client("xray", endpoint_url=url, config=once))
        return made[-1]

    yield client
    for each in made:
        each.close()


def control(line, method, path):
    headers = {"X-Lab-Token": line["token"]}
    return requests.request(method, line["control"] + path, headers=headers, timeout=30)


def test_acknowledged_segments_groups_and_rules_survive_kill_9(spawn, xray, document):
    process, line = spawn()
    acknowledged = []
    for number in range(1, 11):
        sent = document(number)
        answer = xray(line).put_trace_segments(TraceSegmentDocuments=[json.dumps(sent)])
        assert answer["UnprocessedTraceSegments"] == []
        acknowledged.append(sent["trace_id"])
    xray(line).create_group(GroupName="slow", FilterExpression="responsetime > 1")
    process.kill()  # SIGKILL, or what Windows has for it
    process.wait(20)
    _, again = spawn()
    pages = xray(again).get_paginator("batch_get_traces")
    halves = [acknowledged[:5], acknowledged[5:]]
    found = [
        trace["Id"]
        for half in halves
        for page in pages.paginate(TraceIds=half)
        for trace in page["Traces"]
    ]
    assert sorted(found) == sorted(acknowledged)
    assert xray(again).get_group(GroupName="slow")["Group"]["GroupName"] == "slow"


def test_what_an_earlier_process_stored_is_made_ready_though_nobody_asks(
    spawn, xray, document, eventually
):
    process, line = spawn()
    texts = [json.dumps(document(number)) for number in range(50)]
    xray(line).put_trace_segments(TraceSegmentDocuments=texts)
    process.kill()
    process.wait(20)
    process, again = spawn()
    eventually(lambda: control(again, "GET", "/health").json()["xray"]["warm"])
    assert control(again, "POST", "/reset").status_code == 200
    eventually(lambda: control(again, "GET", "/health").json()["xray"]["warm"])
    assert control(again, "POST", "/stop").status_code < 300
    assert process.wait(20) == 0


def test_packets_are_counted_at_the_control_side_and_reset_empties_aws(
    spawn, xray, document, eventually
):
    _, line = spawn()
    host, _, port = line["xray"]["daemon_address"].rpartition(":")
    sent = document()
    packet = b'{"format": "json", "version": 1}\n' + json.dumps(sent).encode()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.sendto(packet, (host, int(port)))
        wire.sendto(b"noise", (host, int(port)))
    ask, wanted = xray(line), [sent["trace_id"]]
    eventually(lambda: ask.batch_get_traces(TraceIds=wanted)["Traces"])
    stats = control(line, "GET", "/health").json()["xray"]["stats"]
    assert (stats["received"], stats["rejected"]) == (2, 1)
    assert control(line, "POST", "/reset").status_code == 200
    assert ask.batch_get_traces(TraceIds=wanted)["Traces"] == []


def test_damaged_traces_are_refused_with_what_to_do(spawn, tmp_path):
    data = tmp_path / "state" / "aws" / "xray.duckdb"
    data.parent.mkdir(parents=True)
    data.write_bytes(b"mine" * 2000)
    process, line = spawn()
    assert process.wait(30) == 1
    assert "xray.duckdb" in line["error"]
    assert "lab reset" in line["error"]
    assert data.read_bytes() == b"mine" * 2000


def test_ports_that_are_taken_are_replaced_and_said(spawn):
    with (
        socket.create_server(("127.0.0.1", 0)) as one,
        socket.create_server(("127.0.0.1", 0)) as two,
    ):
        aws, daemon = one.getsockname()[1], two.getsockname()[1]
        _, line = spawn(aws, daemon)
    used = line["aws"]["endpoint"].rpartition(":")[2]
    address = line["xray"]["daemon_address"].rpartition(":")[2]
    assert f"port {aws} is taken, using {used}" in line["said"]
    assert f"the X-Ray daemon's port {daemon} is taken, using {address}" in line["said"]


def test_the_page_on_the_real_daemon_names_the_labs_ports_and_keys():
    text = PAGE.read_text(encoding="utf-8")
    (yaml,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert f'Endpoint: "http://127.0.0.1:{AWS_PORT}"' in yaml
    assert yaml.rstrip().endswith("Version: 2")
    assert f"has port {XRAY_PORT}" in text
    assert "AWS_ACCESS_KEY_ID=lab-no-real-key" in text
