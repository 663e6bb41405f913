"""The X-Ray daemon: what it takes, when it sends, what it does when nobody answers."""

import base64
import http.client
import json
import random
import socket
import subprocess
import sys
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import pytest
import requests
from botocore import UNSIGNED
from botocore.config import Config

from lab_emulators.aws.daemon import Daemon, Forwarder, bind, uploads
from lab_emulators.aws.daemon.packet import Kind, PacketError, read
from lab_emulators.aws.daemon.stats import Stats
from lab_emulators.web.server import Server

HEADER = b'{"format": "json", "version": 1}\n'


class Service(ThreadingHTTPServer):
    """What the daemon sends to: keeps each request, answers what it is told to."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Answer)
        self.requests = []
        self.statuses = []
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def documents(self):
        return [json.loads(b)["TraceSegmentDocuments"] for p, b, _ in self.requests
                if p == "/TraceSegments"]  # fmt: skip


class _Answer(BaseHTTPRequestHandler):
    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        told = (self.path, self.rfile.read(length), dict(self.headers))
        status = self.server.statuses.pop(0) if self.server.statuses else 200
        self.server.requests.append(told)
        self.send_response(status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


@pytest.fixture
def service():
    made = Service()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def daemon_for():
    """Starts daemons that send after a short idle time; ends them all."""
    made = []

    def start(endpoint, idle_s=0.1, telemetry_s=60.0):
        forwarder = Forwarder(endpoint, "us-east-1", "lab-key", "lab-secret")
        daemon = Daemon(
            bind(0)[0],
            forwarder,
            lambda app, tcp: Server("tcp", app, tcp, threads=2),
            idle_s=idle_s,
            telemetry_s=telemetry_s,
        )
        made.append(daemon)
        return daemon

    yield start
    for daemon in made:
        daemon.stop()


def send(daemon, *packets):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        for packet in packets:
            wire.sendto(packet, ("127.0.0.1", daemon.port))


@pytest.mark.parametrize(
    "header",
    [
        b'{"format": "json", "version": 1}',
        b'{"version":1,"format":"JSON","more":true}',
        b' { "format" : "json" , "version" : 1 } ',
    ],
)
def test_the_document_is_all_that_follows_the_first_newline(header):
    packet = read(header + b'\n{"a": 1}\n{"b": 2}')
    assert (packet.kind, packet.body) == (Kind.SEGMENT, b'{"a": 1}\n{"b": 2}')


@pytest.mark.parametrize(
    ("datagram", "reason"),
    [
        (b"", "no newline"),
        (b'{"format": "json", "version": 1} {}', "no newline"),
        (b"{}\n{}", "format"),
        (b'{"format": "xml", "version": 1}\n{}', "format"),
        (b'{"format": "json", "version": 2}\n{}', "version"),
        (b'{"format": "json", "version": true}\n{}', "version"),
        (b'{"format": "json"}\n{}', "version"),
        (b"nonsense\n{}", "not JSON"),
        (b"[" * 50_000 + b"\n{}", "not JSON"),
        (b"[1]\n{}", "not a JSON object"),
        (HEADER, "no document"),
        (HEADER + b"\xff\xfe", "not UTF-8"),
        (HEADER + b"T1S!!!", "not base64"),
        (HEADER + b"M1abcd", "not emulated locally"),
    ],
)
def test_a_packet_that_cannot_be_read_says_why(datagram, reason):
    with pytest.raises(PacketError, match=reason):
        read(datagram)


def test_spans_of_adot_are_unpacked():
    body = base64.b64encode(b"otlp")
    assert read(HEADER + b"T1S" + body).kind is Kind.SPANS
    assert read(HEADER + b"T1U" + body).kind is Kind.UNSAMPLED
    assert read(HEADER + b"T1S" + body).body == b"otlp"


def test_one_batch_holds_fifty_and_what_is_left_goes_after_the_idle_time(
    service, daemon_for, eventually
):
    daemon = daemon_for(service.url)
    send(daemon, *(HEADER + f'{{"n": {n}}}'.encode() for n in range(120)))
    eventually(lambda: sum(map(len, service.documents())) == 120)
    assert [len(batch) for batch in service.documents()] == [50, 50, 20]
    sent = [json.loads(text)["n"] for batch in service.documents() for text in batch]
    assert sent == list(range(120))


def test_a_document_is_sent_as_it_came_even_when_it_is_no_json(
    service, daemon_for, eventually
):
    daemon = daemon_for(service.url)
    send(daemon, HEADER + b'{"a": 1}\n{"b"')
    eventually(service.documents)
    assert service.documents() == [['{"a": 1}\n{"b"']]


def test_what_goes_to_the_service_is_signed_for_its_region(
    service, daemon_for, eventually
):
    send(daemon_for(service.url), HEADER + b"{}")
    eventually(lambda: service.requests)
    (_, _, headers) = service.requests[0]
    scope = headers["Authorization"].partition("Credential=")[2].split("/")
    assert scope[0] == "lab-key"
    assert scope[2:4] == ["us-east-1", "xray"]


def test_a_refused_batch_is_tried_twice_and_then_lost(service, daemon_for, eventually):
    service.statuses = [500, 200, 500, 500]
    daemon = daemon_for(service.url)
    send(daemon, HEADER + b'{"n": 1}')
    eventually(lambda: daemon.stats()["sent"] == 1)
    send(daemon, HEADER + b'{"n": 2}')
    eventually(lambda: daemon.stats()["lost"] == 1)
    assert len(service.requests) == 4
    assert daemon.stats()["errors"] == {"HTTPCode5XXCount": 3}


def test_without_a_service_segments_are_lost_and_the_daemon_goes_on(
    service, daemon_for, eventually
):
    daemon = daemon_for("http://127.0.0.1:9")
    send(daemon, HEADER + b"{}")
    eventually(lambda: daemon.stats()["lost"] == 1)
    assert daemon.stats()["errors"] == {"ConnectionRefusedCount": 2}
    assert requests.post(f"http://{daemon.address}/GetSamplingRules").status_code == 502


def test_noise_is_counted_with_its_reason_and_survived(service, daemon_for, eventually):
    rng = random.Random(5)
    daemon = daemon_for(service.url)
    noise = [
        rng.randbytes(rng.randrange(1, 300)).replace(b"\n", b" ") for _ in range(80)
    ]
    send(daemon, *noise, b"", HEADER + b'{"n": 1}')
    eventually(service.documents)
    told = daemon.stats()
    assert told["received"] == 82
    assert told["rejected"] == 81
    assert told["reasons"] == {"no newline between header and document": 81}


def test_the_largest_datagram_passes_whole(service, daemon_for, eventually):
    text = json.dumps({"a": "x" * 64_000})
    send(daemon_for(service.url), HEADER + text.encode())
    eventually(service.documents)
    assert service.documents() == [[text]]


@pytest.mark.parametrize("path", ["/GetSamplingRules", "/SamplingTargets", "/Traces"])
def test_the_tcp_side_forwards_the_paths_of_xray_signed(service, daemon_for, path):
    daemon = daemon_for(service.url)
    answer = requests.post(f"http://{daemon.address}{path}?a=1", data=b"{}")
    assert (answer.status_code, answer.text) == (200, "{}")
    (sent, body, headers) = service.requests[0]
    assert (sent, body) == (f"{path}?a=1", b"{}")
    assert headers["Authorization"].startswith("AWS4-HMAC-SHA256")


@pytest.mark.parametrize(
    "path",
    [
        "/moto-api/reset",
        "/moto-api/seed?a=1",
        "/lab/alarms/tick",
        "/v1/traces",
        "/",
        "/Groups/../moto-api/reset",
        "/%47roups",
        "//Groups",
    ],
)
@pytest.mark.parametrize("headers", [{}, {"Origin": "http://evil.example"}])
def test_the_tcp_side_forwards_no_other_path(service, daemon_for, path, headers):
    wire = http.client.HTTPConnection(daemon_for(service.url).address, timeout=10)
    with closing(wire):
        wire.request("POST", path, b"{}", headers)
        answer = wire.getresponse()
        assert (answer.status, service.requests) == (403, [])
        assert ("/GetSamplingRules" in answer.read().decode()) is (headers == {})


def test_the_tcp_side_forwards_posts_only(service, daemon_for):
    answer = requests.get(f"http://{daemon_for(service.url).address}/Groups")
    assert (answer.status_code, service.requests) == (403, [])
    assert "not GET '/Groups'" in answer.text


@pytest.mark.parametrize("origin", ["http://evil.example", "http://localhost", "null"])
def test_the_tcp_side_takes_nothing_from_a_web_page(service, daemon_for, origin):
    url = f"http://{daemon_for(service.url).address}/DeleteGroup"
    answer = requests.post(url, data=b"{}", headers={"Origin": origin})
    assert (answer.status_code, service.requests) == (403, [])
    assert "Origin" in answer.text


def test_the_tcp_side_refuses_a_foreign_host(service, daemon_for):
    url = f"http://{daemon_for(service.url).address}/GetSamplingRules"
    answer = requests.post(url, data=b"{}", headers={"Host": "evil.example"})
    assert (answer.status_code, service.requests) == (421, [])


def test_spans_go_to_the_otlp_path_and_unsampled_ones_nowhere(
    service, daemon_for, eventually
):
    daemon = daemon_for(service.url)
    spans = base64.b64encode(b"\n\x00")
    send(daemon, HEADER + b"T1U" + spans, HEADER + b"T1S" + spans)
    eventually(lambda: service.requests)
    (path, body, headers) = service.requests[0]
    assert (path, body) == ("/v1/traces", b"\n\x00")
    assert headers["Content-Type"] == "application/x-protobuf"
    assert daemon.stats()["unsampled"] == 1


def test_a_telemetry_record_follows_the_segments(service, daemon_for, eventually):
    daemon = daemon_for(service.url, idle_s=0.05, telemetry_s=0.2)
    send(daemon, HEADER + b"{}")
    told = eventually(
        lambda: [r for r in service.requests if r[0] == "/TelemetryRecords"]
    )
    (record,) = json.loads(told[0][1])["TelemetryRecords"]
    assert record["SegmentsReceivedCount"] == 1
    assert record["SegmentsSentCount"] == 1
    assert record["BackendConnectionErrors"]["OtherCount"] == 0


def test_no_telemetry_is_due_when_nothing_came():
    assert Stats().telemetry(0.0) is None


def test_a_full_buffer_spills_the_oldest(monkeypatch):
    monkeypatch.setattr(uploads, "BUFFERED", 2)
    monkeypatch.setattr(uploads.Uploads, "_run", lambda self: None)
    stats = Stats()
    full = uploads.Uploads(Forwarder("http://127.0.0.1:9", "r", "k", "s"), stats)
    packets = [read(HEADER + bytes([n])) for n in b"abc"]
    for packet in packets:
        full.take(packet)
    assert stats.as_dict()["spilled"] == 1
    assert [full._waiting.get(), full._waiting.get()] == packets[1:]


def test_stopping_sends_what_is_waiting(service, daemon_for, eventually):
    daemon = daemon_for(service.url, idle_s=60)
    send(daemon, HEADER + b"{}")
    eventually(lambda: daemon.stats()["received"] == 1)
    daemon.stop()
    assert service.documents() == [["{}"]]


def test_udp_and_tcp_have_one_number_and_a_taken_one_is_said():
    (udp, tcp), said = bind(0)
    port = tcp.getsockname()[1]
    assert (udp.getsockname()[1], said) == (port, None)
    (other, second), said = bind(port)
    used = other.getsockname()[1]
    assert said == f"port {port} is taken, using {used}"
    assert used == second.getsockname()[1] > port
    for each in (udp, tcp, other, second):
        each.close()


def test_a_port_that_only_udp_has_free_is_passed_over():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        (udp, tcp), said = bind(taken.getsockname()[1])
        assert said.startswith(f"port {taken.getsockname()[1]} is taken")
        udp.close()
        tcp.close()


def test_a_segment_sent_by_udp_is_read_back_from_xray(
    gateway, client, daemon_for, document, eventually
):
    daemon = daemon_for(gateway)
    sent = document(3)
    send(daemon, HEADER + json.dumps(sent).encode(), HEADER + b'{"id": "bad"}')
    xray, wanted = client("xray"), [sent["trace_id"]]
    eventually(lambda: xray.batch_get_traces(TraceIds=wanted)["Traces"])
    eventually(lambda: daemon.stats()["unprocessed"] == 1)


def test_sampling_rules_come_through_the_proxy_as_the_sdk_asks(
    client, daemon_for, gateway
):
    daemon = daemon_for(gateway)
    unsigned = Config(signature_version=UNSIGNED)
    asking = boto3.session.Session(region_name="us-west-2").client(
        "xray", endpoint_url=f"http://{daemon.address}", config=unsigned
    )
    (default,) = asking.get_sampling_rules()["SamplingRuleRecords"]
    assert default["SamplingRule"]["RuleName"] == "Default"
    asking.close()


SDK = """
import sys
from aws_xray_sdk.core import xray_recorder
from aws_xray_sdk.core.exceptions.exceptions import SegmentNotFoundException
xray_recorder.configure(daemon_address=sys.argv[1], service="sdk", sampling=False)
with xray_recorder.in_segment("sdk") as segment:
    segment.put_annotation("run", "r1")
    with xray_recorder.in_subsegment("inner"):
        pass
print(segment.trace_id)
"""


def test_the_sdks_own_segments_arrive_with_their_annotations(
    gateway, client, daemon_for, eventually
):
    daemon = daemon_for(gateway)
    command = [sys.executable, "-c", SDK, daemon.address]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    trace = done.stdout.strip()
    xray = client("xray")
    found = eventually(lambda: xray.batch_get_traces(TraceIds=[trace])["Traces"])
    document = json.loads(found[0]["Segments"][0]["Document"])
    assert document["annotations"] == {"run": "r1"}
    assert document["subsegments"][0]["name"] == "inner"
