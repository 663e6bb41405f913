"""The `Host` header: what every server of the lab answers to."""

import http.client
import socket

import pytest

from lab_emulators.process.control import Control, ControlActions, Leases
from lab_emulators.web.server import Server, bind
from lab_emulators.web.trustedhost import host_fault

OF_THIS_MACHINE = [
    "127.0.0.1",
    "127.0.0.1:7318",
    "localhost",
    "LocalHost:1",
    "[::1]",
    "[::1]:7318",
    "mybucket.localhost:7320",
    "my.own_bucket-1.localhost",
]
FOREIGN = [
    "",
    "evil.example",
    "evil.example:7318",
    "127.0.0.1.evil.example",
    "localhost.evil.example:7318",
    "evil-localhost",
    "127.0.0.2",
    "0.0.0.0:7318",
    "[::2]",
    ".localhost",
    "evil@localhost",
    "localhost:evil",
    "localhost\n",
    "127.0.0.1, evil.example",
    "192.168.0.7:7318",
]


def hello(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]


@pytest.fixture(scope="module")
def served():
    """The port of a server of the lab."""
    server = Server("greeter", hello, bind(0)[0])
    yield server.port
    server.stop()


@pytest.fixture
def control():
    """The port of a control server that knows the token `secret`."""
    control = Control("secret", Leases(30.0))
    control.start(ControlActions(dict, lambda: None, lambda: None, dict))
    yield control.server_address[1]
    control.stop()


def exchange(port, head):
    """The answer to a request written by hand, as text."""
    with socket.create_connection(("127.0.0.1", port), 10) as wire:
        wire.sendall(head.replace("\n", "\r\n").encode())
        wire.shutdown(socket.SHUT_WR)
        return wire.makefile("rb").read().decode()


@pytest.mark.parametrize("host", OF_THIS_MACHINE)
def test_names_of_this_machine_are_answered(host):
    assert host_fault(host, "HTTP/1.1") is None


@pytest.mark.parametrize("host", FOREIGN)
def test_any_other_name_is_a_fault_that_says_what_is_right(host):
    fault = host_fault(host, "HTTP/1.1")
    assert repr(host) in fault
    assert "127.0.0.1, localhost, [::1] or a name that ends in .localhost" in fault


def test_a_server_refuses_a_foreign_host_with_421(served):
    answer = exchange(served, "GET / HTTP/1.1\nHost: evil.example\n\n")
    assert answer.startswith("HTTP/1.1 421 ")
    assert "the Host header 'evil.example'" in answer
    assert "hello" not in answer


def test_a_server_answers_to_localhost(served):
    answer = exchange(served, f"GET / HTTP/1.1\nHost: localhost:{served}\n\n")
    assert answer.startswith("HTTP/1.1 200 ")


def test_two_host_headers_are_refused(served):
    head = "GET / HTTP/1.1\nHost: localhost\nHost: evil.example\n\n"
    assert exchange(served, head).startswith("HTTP/1.1 421 ")


def test_only_http_1_0_may_do_without_a_host(served):
    assert exchange(served, "GET / HTTP/1.0\n\n").startswith("HTTP/1.0 200 ")
    refused = exchange(served, "GET / HTTP/1.1\n\n")
    assert refused.startswith("HTTP/1.1 421 ")
    assert "no Host header" in refused


def test_http_1_0_with_a_foreign_host_is_refused(served):
    answer = exchange(served, "GET / HTTP/1.0\nHost: evil.example\n\n")
    assert answer.startswith("HTTP/1.0 421 ")


@pytest.mark.parametrize(
    ("hosts", "status"),
    [
        (("127.0.0.1",), 200),
        (("localhost:1",), 200),
        (("evil.example",), 421),
        (("localhost", "evil.example"), 421),
        ((), 421),
    ],
)
def test_the_control_server_checks_the_host_before_the_token(control, hosts, status):
    wire = http.client.HTTPConnection("127.0.0.1", control, timeout=10)
    wire.putrequest("GET", "/health", skip_host=True)
    for host in hosts:
        wire.putheader("Host", host)
    wire.putheader("X-Lab-Token", "secret")
    wire.endheaders()
    answer = wire.getresponse()
    said = answer.read().decode()
    wire.close()
    assert answer.status == status
    assert ("Host header" in said) == (status == 421)
