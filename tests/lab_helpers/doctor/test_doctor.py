"""Each of the doctor's findings, well and unwell."""

import errno
import json
import socket
import sys
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import ClassVar

import pytest

from lab_emulators.honeycomb.config import INGEST_KEY, NO_CREATE_INGEST_KEY
from lab_helpers import doctor, settings
from lab_helpers.doctor import (
    Finding,
    HealthReport,
    aws,
    honeycomb,
    machine,
    rehearsal,
    rollbar,
)
from lab_helpers.process import LabError
from lab_helpers.process.forwarding import hand_over
from lab_helpers.settings import Mode, Upstream


@pytest.fixture
def running(session_lab):
    """The session's lab and the settings that lead to it."""
    return session_lab, settings.load()


@pytest.fixture(autouse=True)
def rehearsed(monkeypatch):
    """No visitors: how busy this machine is decides no test."""
    well = Finding("visitors", "this machine carries at least 80 visits a second")
    monkeypatch.setattr(rehearsal, "visits", lambda: well)


@pytest.fixture
def here(running):
    """The settings that lead to the running lab."""
    lab, wanted = running
    return wanted.at(lab.addresses)


def test_a_healthy_lab_has_nothing_to_do(running):
    report = doctor.examine(running[1])
    assert report.ok, report
    assert [f.what for f in report.findings] == [
        "Python",
        "packages",
        "folder",
        "Honeycomb port",
        "AWS port",
        "X-Ray port",
        "Rollbar port",
        "lab",
        "round trip",
        "AWS",
        "X-Ray",
        "Rollbar",
        "clock",
        "visitors",
    ]


def test_no_lab_is_a_finding_with_a_remedy(tmp_path):
    report = doctor.examine(replace(settings.load(), state_dir=tmp_path))
    assert not report.ok
    assert report.findings[-2] == Finding(
        "lab", "is not running", "run `lab up`, or lab.start() in a notebook"
    )


def test_an_old_python_is_not_ok():
    assert machine.python((3, 11, 0)).ok
    assert machine.python((3, 10, 9)).remedy == "install Python 3.11 or newer"


def test_a_package_in_another_version_is_named(tmp_path):
    pins = tmp_path / "constraints.txt"
    pins.write_text("pytest==1.0\nflask==0.1 ; os_name == 'nt'\nflask==0.2\n")
    finding = machine.packages(pins)
    assert "not 1.0" in finding.result
    assert "not 0.1 or 0.2" in finding.result
    assert sys.executable in finding.remedy


def test_pins_that_are_not_there_are_said(tmp_path):
    assert not machine.packages(tmp_path / "constraints.txt").ok


def test_a_folder_that_cannot_be_written_to_is_said(tmp_path):
    (tmp_path / "file").touch()
    assert machine.folder(tmp_path).ok
    finding = machine.folder(tmp_path / "file")
    assert "LAB_STATE_DIR" in finding.remedy


def test_a_full_disk_is_said_with_the_right_remedy(tmp_path, monkeypatch):
    def full(**_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(machine.tempfile, "TemporaryFile", full)
    finding = machine.folder(tmp_path)
    assert "No space left on device" in finding.result
    assert finding.remedy.startswith("free some disk space")


def test_a_lab_that_does_not_answer_is_no_lab_that_is_not_running(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(machine.process, "unresponsive", lambda state_dir: 123)
    finding = machine.lab(None, tmp_path)
    assert finding.result == "process 123 is there and does not answer"


PORTS = ("honeycomb", "aws", "xray", "rollbar")


def ports(wanted, running=None):
    """Vendor → finding about its port."""
    return dict(zip(PORTS, machine.ports(wanted, running), strict=True))


@pytest.mark.parametrize("vendor", PORTS)
def test_a_taken_port_of_any_vendor_is_seen_and_no_fault(running, vendor):
    lab, wanted = running
    taken = int(getattr(lab.addresses, vendor).partition("/api")[0].rpartition(":")[2])
    here = replace(wanted, ports=replace(wanted.ports, **{vendor: taken}))
    finding = ports(here)[vendor]
    assert finding.ok
    assert finding.result == f"{taken} is taken; the lab will use the next free one"
    assert ports(here, lab)[vendor].result == f"{taken} is the lab's"


def test_a_port_that_is_taken_for_datagrams_alone_is_taken_for_x_ray():
    with socket.socket(type=socket.SOCK_DGRAM) as held:
        with socket.socket() as free:  # a port that is free for streams as well
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
            held.bind(("127.0.0.1", port))
        wanted = replace(settings.load(), ports=settings.Ports(xray=port, aws=port))
        assert "is taken" in ports(wanted)["xray"].result
        assert "is free" in ports(wanted)["aws"].result


def test_connections_of_a_lab_that_has_ended_do_not_take_its_port():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as caller:
            listening.accept()[0].close()  # whoever closes first has to linger
            assert caller.recv(1) == b""
    wanted = replace(settings.load(), ports=settings.Ports(honeycomb=port))
    assert ports(wanted)["honeycomb"].result == f"{port} is free"


def test_the_round_trip_says_which_service_refused(here):
    stranger = replace(here.honeycomb, api_key="a" * 22)
    finding = honeycomb.round_trip(replace(here, honeycomb=stranger))
    assert "401" in finding.result
    assert finding.remedy


def test_nobody_listening_is_a_finding_of_both_trip_and_clock(here):
    nobody = replace(here.honeycomb, endpoint="http://127.0.0.1:9")
    assert not honeycomb.round_trip(replace(here, honeycomb=nobody)).ok
    assert not machine.clock("http://127.0.0.1:9").ok


def test_aws_that_is_not_there_is_a_finding_of_account_and_segment(here):
    nowhere = replace(here.aws, endpoint="http://127.0.0.1:9")
    lost = replace(here, aws=nowhere)
    assert "Could not connect" in aws.account(lost).result
    assert aws.account(lost).remedy
    assert not aws.segment(lost).ok


def test_a_daemon_of_your_own_is_named_when_the_segment_is_lost(here, monkeypatch):
    monkeypatch.setattr(aws, "_WAIT_S", 0.5)
    address = "tcp:127.0.0.1:9 udp:127.0.0.1:9"
    yours = replace(here.xray, daemon_address=address, yours=True)
    finding = aws.segment(replace(here, xray=yours))
    assert "did not arrive" in finding.result
    assert address in finding.remedy


def test_a_clock_that_is_off_is_found(here, monkeypatch):
    real = machine.time.time
    assert machine.clock(here.honeycomb.endpoint).ok
    monkeypatch.setattr(machine.time, "time", lambda: real() + 120)
    finding = machine.clock(here.honeycomb.endpoint)
    assert finding.result.startswith(("119 s", "120 s", "121 s"))
    assert "set this machine's clock" in finding.remedy


def test_a_key_is_checked_where_it_is_used(here):
    assert honeycomb.key(here).ok
    wrong = replace(here.honeycomb, api_key="a" * 22)
    assert "HONEYCOMB_API_KEY" in honeycomb.key(replace(here, honeycomb=wrong)).remedy


class Answering(BaseHTTPRequestHandler):
    """A Honeycomb of a plan: what `POST /1/{kind}` is answered is in the class."""

    refusals: ClassVar[dict[str, int]] = {}
    datasets: ClassVar[list[object]] = [{"slug": "api"}]

    def do_GET(self) -> None:
        self._reply(200, self.datasets)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        kind = self.path.split("/")[2]
        self._reply(self.refusals.get(kind, 201), {"id": "HprJhV1fYyr"})

    def _reply(self, status: int, document: object) -> None:
        text = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def asked_for_plan():
    """The finding on the plan of a Honeycomb that refuses this, and has these."""

    def ask(refusals, datasets=({"slug": "api"},)):
        kind = type("Plan", (Answering,), {"refusals": refusals, "datasets": datasets})
        with ThreadingHTTPServer(("127.0.0.1", 0), kind) as server:
            Thread(target=server.serve_forever, daemon=True).start()
            url = f"http://127.0.0.1:{server.server_port}"
            hive = settings.Honeycomb(url, "a" * 22, settings.Mode.REAL)
            finding = honeycomb.plan(replace(settings.load(), honeycomb=hive))
            server.shutdown()
            return finding

    return ask


@pytest.mark.parametrize("kind", ["queries", "query_results"])
@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_plan_without_queries_is_said_with_the_way_around(
    asked_for_plan, kind, status
):
    finding = asked_for_plan({kind: status})
    assert finding.result == f"/1/{kind}/__all__ answered {status}"
    assert "Enterprise plan" in finding.remedy
    assert "LAB_HONEYCOMB=forwarded" in finding.remedy


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_service_says_nothing_of_the_plan(asked_for_plan, status):
    finding = asked_for_plan({"query_results": status})
    assert finding.result == f"/1/query_results/__all__ answered {status}"
    assert "again in a few minutes" in finding.remedy
    assert "Enterprise" not in finding.remedy


def test_a_plan_with_queries_is_well(asked_for_plan):
    finding = asked_for_plan({})
    assert finding.ok and "Enterprise" in finding.result
    assert "7 days" in finding.result and "whole minutes" in finding.result


def test_without_a_dataset_nothing_is_known_of_the_plan(asked_for_plan):
    finding = asked_for_plan({"query_results": 404}, datasets=())
    assert finding.ok and "no dataset" in finding.result


def test_nobody_at_the_endpoint_is_no_matter_of_the_plan(here):
    nobody = replace(here.honeycomb, endpoint="http://127.0.0.1:9")
    finding = honeycomb.plan(replace(here, honeycomb=nobody))
    assert "Connection" in finding.result
    assert "Enterprise" not in finding.remedy


def test_the_plan_is_asked_for_where_honeycomb_is_real_and_knows_the_key(monkeypatch):
    real = settings.Honeycomb("http://127.0.0.1:9", "a" * 22, settings.Mode.REAL)
    wanted = replace(settings.load(), honeycomb=real)
    known = [Finding("key", "accepted"), Finding("key", "unknown", "check it")]
    monkeypatch.setattr(honeycomb, "plan", lambda _: Finding("plan", "here"))
    for key in known:
        monkeypatch.setattr(honeycomb, "key", lambda _, key=key: key)
        subjects = [f.what for f in doctor.examine(wanted).findings]
        assert ("plan" in subjects) == key.ok


@pytest.fixture
def forwarded(here):
    """Settings that forward to the session's lab, as if it were the real one."""

    def to(key):
        upstream = Upstream(here.honeycomb.endpoint, key)
        mode = {"mode": Mode.FORWARDED, "upstream": upstream}
        return replace(here, honeycomb=replace(here.honeycomb, **mode))

    return to


def test_a_key_to_forward_with_is_accepted_and_the_plan_is_said(here, forwarded):
    finding = honeycomb.key(forwarded(INGEST_KEY))
    assert finding == Finding(
        "key",
        "accepted for Course; it may send events and create datasets; checks and "
        "pictures read the lab, since reading back by API needs Honeycomb's Enterprise "
        "plan",
    )
    only = honeycomb.key(forwarded(NO_CREATE_INGEST_KEY))
    assert "to datasets that exist, but create none; checks" in only.result
    assert "read the lab" not in honeycomb.key(here).result


def test_one_event_is_sent_to_the_real_service(forwarded):
    finding = honeycomb.real_event(forwarded(INGEST_KEY))
    assert finding.ok, finding
    assert "one event taken by http://127.0.0.1" in finding.result
    refused = honeycomb.real_event(forwarded("hcaik" + "x" * 17))
    assert "connection" in refused.remedy
    assert "401" in refused.result
    assert "HONEYCOMB_API_KEY" in refused.remedy


def test_a_key_that_may_not_send_is_found(forwarded, monkeypatch):
    class Answer:
        def raise_for_status(self):
            pass

        def json(self):
            return {"type": "configuration", "api_key_access": {"events": False}}

    monkeypatch.setattr(honeycomb.requests, "get", lambda *_, **__: Answer())
    finding = honeycomb.key(forwarded(INGEST_KEY))
    assert "may not send events" in finding.result
    assert finding.remedy


def test_a_lab_that_ends_before_its_copies_are_counted_is_a_finding(
    running, forwarded, monkeypatch
):
    def gone(_):
        raise LabError("the lab does not answer GET /health")

    monkeypatch.setattr("lab_helpers.doctor.copies.forwarding_of", gone)
    finding = honeycomb.copies(forwarded(INGEST_KEY))
    assert finding.result == "the lab does not answer GET /health"
    assert finding.remedy == "run `lab up`, or lab.start()"


def test_copies_are_counted_and_what_is_wrong_with_them_is_said(running, forwarded):
    settings_of_it = forwarded(INGEST_KEY)
    assert honeycomb.copies(settings_of_it).remedy == "run `lab up`, or lab.start()"
    assert rollbar.copies(settings_of_it).result == "the lab passes none on"
    nobody = Upstream("http://127.0.0.1:9", INGEST_KEY)
    hand_over(running[0], {"honeycomb": nobody})
    try:
        idle = honeycomb.copies(settings_of_it)
        assert (idle.ok, idle.result[:11]) == (True, "0 forwarded")
        assert honeycomb.round_trip(settings_of_it).ok
        wait_until_not_ok(lambda: honeycomb.copies(settings_of_it))
        assert "tries again" in honeycomb.copies(settings_of_it).remedy
    finally:
        hand_over(running[0], {})


def wait_until_not_ok(check, seconds=20):
    deadline = time.monotonic() + seconds
    while check().ok:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_forwarded_vendor_is_checked_on_both_sides(running, forwarded, monkeypatch):
    wanted, nobody = forwarded(INGEST_KEY), "http://127.0.0.1:9"
    there = replace(wanted.honeycomb, upstream=Upstream(nobody, INGEST_KEY))
    monkeypatch.setattr(settings.Settings, "at", lambda self, lab: self)
    monkeypatch.setattr(rehearsal, "visits", lambda: Finding("visitors", "many"))
    report = doctor.examine(replace(wanted, honeycomb=there))
    results = {finding.what: finding.result for finding in report.findings}
    assert {"key", "real event", "round trip", "copies"} <= results.keys()
    assert nobody in results["clock"]  # held against the real service


def test_the_report_says_in_words_what_to_do():
    report = HealthReport(
        (Finding("lab", "<gone>", "run `lab up`"), Finding("port", "free"))
    )
    assert repr(report).splitlines()[0] == "not ok  lab            <gone>"
    assert "-> run `lab up`" in repr(report)
    assert "&lt;gone&gt;" in report._repr_html_()
    assert '<th scope="col">' in report._repr_html_()
