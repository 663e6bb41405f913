"""Each of the doctor's findings, well and unwell."""

import socket
import sys
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from lab_helpers import awscalls, doctor, settings
from lab_helpers.doctor import Finding, Report


@pytest.fixture
def running(session_lab):
    """The session's lab and the settings that lead to it."""
    return session_lab, settings.load()


@pytest.fixture
def here(running):
    """The settings that lead to the running lab."""
    lab, wanted = running
    return lab.lead(wanted)


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
    ]


def test_no_lab_is_a_finding_with_a_remedy(tmp_path):
    report = doctor.examine(replace(settings.load(), state_dir=tmp_path))
    assert not report.ok
    assert report.findings[-1] == Finding(
        "lab", "is not running", "run `lab up`, or lab.start() in a notebook"
    )


def test_an_old_python_is_not_ok():
    assert doctor.python((3, 11, 0)).ok
    assert doctor.python((3, 10, 9)).remedy == "install Python 3.11 or newer"


def test_a_package_in_another_version_is_named(tmp_path):
    pins = tmp_path / "constraints.txt"
    pins.write_text("pytest==1.0\nflask==0.1 ; os_name == 'nt'\nflask==0.2\n")
    finding = doctor.packages(pins)
    assert "not 1.0" in finding.found
    assert "not 0.1 or 0.2" in finding.found
    assert sys.executable in finding.remedy


def test_pins_that_are_not_there_are_said(tmp_path):
    assert not doctor.packages(tmp_path / "constraints.txt").ok


def test_a_folder_that_cannot_be_written_to_is_said(tmp_path):
    (tmp_path / "file").touch()
    assert doctor.folder(tmp_path).ok
    finding = doctor.folder(tmp_path / "file")
    assert "LAB_STATE_DIR" in finding.remedy


PORTS = {
    "Honeycomb": "honeycomb_port",
    "AWS": "aws_port",
    "X-Ray": "xray_port",
    "Rollbar": "rollbar_port",
}


def port_of(vendor, wanted, lab=None):
    (found,) = [f for f in doctor.ports(wanted, lab) if f.what == f"{vendor} port"]
    return found


@pytest.mark.parametrize("vendor", PORTS)
def test_a_taken_port_is_said_and_no_fault(vendor):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        wanted = replace(settings.load(), **{PORTS[vendor]: number})
        finding = port_of(vendor, wanted)
    assert finding.found == f"{number} is taken; the lab will use the next free one"
    assert finding.ok
    assert port_of(vendor, wanted).found == f"{number} is free"


def test_the_daemons_port_is_taken_by_another_daemon_that_has_only_udp():
    with socket.socket(type=socket.SOCK_DGRAM) as daemon:
        daemon.bind(("127.0.0.1", 0))
        number = daemon.getsockname()[1]
        wanted = replace(settings.load(), xray_port=number, aws_port=number)
        assert "is taken" in port_of("X-Ray", wanted).found
        assert "is free" in port_of("AWS", wanted).found


def test_the_ports_of_a_running_lab_are_its_own(running):
    lab, wanted = running
    found = [finding.found for finding in doctor.ports(wanted, lab)]
    addresses = (lab.endpoint, lab.aws, f"//{lab.daemon}", lab.rollbar)
    assert found == [f"{urlsplit(a).port} is the lab's" for a in addresses]
    assert len(set(found)) == 4


def test_connections_of_a_lab_that_has_ended_do_not_take_its_port():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as caller:
            listening.accept()[0].close()  # whoever closes first has to linger
            assert caller.recv(1) == b""
    assert doctor.port("AWS", port).found == f"{port} is free"


def test_the_round_trip_says_which_service_refused(here):
    stranger = replace(here.honeycomb, api_key="a" * 22)
    finding = doctor.round_trip(replace(here, honeycomb=stranger))
    assert "401" in finding.found
    assert finding.remedy


def test_nobody_listening_is_a_finding_of_both_trip_and_clock(here):
    nobody = replace(here.honeycomb, endpoint="http://127.0.0.1:9")
    assert not doctor.round_trip(replace(here, honeycomb=nobody)).ok
    assert not doctor.clock("http://127.0.0.1:9").ok


def test_aws_that_is_not_there_is_a_finding_of_account_and_segment(here):
    nowhere = replace(here.aws, endpoint="http://127.0.0.1:9")
    lost = replace(here, aws=nowhere)
    assert "Could not connect" in doctor.account(lost).found
    assert doctor.account(lost).remedy
    assert not doctor.segment(lost).ok


def test_a_daemon_of_your_own_is_named_when_the_segment_is_lost(here, monkeypatch):
    monkeypatch.setattr(awscalls, "_WAIT_S", 0.5)
    address = "tcp:127.0.0.1:9 udp:127.0.0.1:9"
    yours = replace(here.xray, daemon_address=address, yours=True)
    finding = doctor.segment(replace(here, xray=yours))
    assert "did not arrive" in finding.found
    assert address in finding.remedy


def test_a_clock_that_is_off_is_found(here, monkeypatch):
    real = doctor.time.time
    assert doctor.clock(here.honeycomb.endpoint).ok
    monkeypatch.setattr(doctor.time, "time", lambda: real() + 120)
    finding = doctor.clock(here.honeycomb.endpoint)
    assert finding.found.startswith(("119 s", "120 s", "121 s"))
    assert "set this machine's clock" in finding.remedy


def test_a_key_is_checked_where_it_is_used(here):
    assert doctor.key(here).ok
    wrong = replace(here.honeycomb, api_key="a" * 22)
    assert "HONEYCOMB_API_KEY" in doctor.key(replace(here, honeycomb=wrong)).remedy


def test_the_report_says_in_words_what_to_do():
    report = Report((Finding("lab", "<gone>", "run `lab up`"), Finding("port", "free")))
    assert repr(report).splitlines()[0] == "not ok  lab            <gone>"
    assert "-> run `lab up`" in repr(report)
    assert "&lt;gone&gt;" in report._repr_html_()
    assert '<th scope="col">' in report._repr_html_()
