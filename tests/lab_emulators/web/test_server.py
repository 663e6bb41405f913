"""Ports and servers."""

import socket
import threading

import pytest
import requests

from lab_emulators.web.server import Server, bind


def hello(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]


def test_any_free_port_will_do():
    listening, remark = bind(0)
    with listening:
        assert listening.getsockname()[0] == "127.0.0.1"
        assert remark is None


def test_a_free_preferred_port_is_used_in_silence():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    listening, remark = bind(port)
    with listening:
        assert (listening.getsockname()[1], remark) == (port, None)


def test_a_taken_port_is_never_shared():
    first, _ = bind(0)
    with first:
        port = first.getsockname()[1]
        second, remark = bind(port)
        with second:
            used = second.getsockname()[1]
            assert used > port
            assert remark == f"port {port} is taken, using {used}"


def test_a_port_that_cannot_be_is_an_error():
    with pytest.raises(OSError, match="70000 is not a port"):
        bind(70_000)


def test_a_server_answers_until_it_is_stopped_and_frees_its_port():
    server = Server("greeter", hello, bind(0)[0])
    assert requests.get(server.url, timeout=10).text == "hello"
    assert repr(server) == f"greeter on {server.url}"
    server.stop()
    with pytest.raises(requests.ConnectionError):
        requests.get(server.url, timeout=10)
    again, remark = bind(server.port)
    with again:
        assert remark is None


def test_stopping_waits_for_what_is_being_answered():
    inside, go_on = threading.Event(), threading.Event()

    def slow(environ, start_response):
        inside.set()
        go_on.wait(10)
        return hello(environ, start_response)

    server, said = Server("slow", slow, bind(0)[0]), []
    ask = threading.Thread(
        target=lambda: said.append(requests.get(server.url, timeout=10).text)
    )
    ask.start()
    assert inside.wait(10)
    stop = threading.Thread(target=server.stop)
    stop.start()
    go_on.set()
    for thread in (ask, stop):
        thread.join(10)
    assert said == ["hello"]
