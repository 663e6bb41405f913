"""Serving from a thread, and replacing what is served."""

from __future__ import annotations

import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from lab_helpers.app import serve
from lab_helpers.app.server import Server, stop_running


def _says(text):
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [text.encode()]

    return app


@pytest.fixture
def name():
    yield "test-server"
    stop_running("test-server")


def _threads(name):
    return [t for t in threading.enumerate() if t.name == f"kittiwake-{name}"]


def test_a_served_app_answers_on_a_port_of_its_own(name):
    server = serve(_says("one"), name)
    assert requests.get(server.url, timeout=5).text == "one"
    assert repr(server) == f"test-server on port {server.port}, 1 request served"


def test_serving_under_a_name_again_replaces_what_was_there(name):
    old = serve(_says("one"), name)
    new = serve(_says("two"), name)
    assert requests.get(new.url, timeout=5).text == "two"
    with pytest.raises(requests.ConnectionError):
        requests.get(old.url, timeout=5)
    assert repr(old) == "test-server, stopped after 0 requests"
    assert len(_threads(name)) == 1


def test_a_stopped_server_listens_no_more_and_leaves_no_thread(name):
    server = serve(_says("one"), name)
    with requests.Session() as session:
        session.get(server.url, timeout=5)  # the connection stays open
        server.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port), timeout=5)
    assert _threads(name) == []
    server.stop()


def test_its_thread_is_a_daemon_with_its_name(name):
    serve(_says("one"), name)
    assert [thread.daemon for thread in _threads(name)] == [True]


def test_a_request_under_way_is_finished_before_the_server_ends():
    entered, leave = threading.Event(), threading.Event()

    def slow(environ, start_response):
        entered.set()
        leave.wait(5)
        return _says("done")(environ, start_response)

    with ThreadPoolExecutor(2) as pool:
        server = Server(slow, "slow")
        answer = pool.submit(requests.get, server.url, timeout=10)
        assert entered.wait(5)
        ending = pool.submit(server.stop)
        leave.set()
        assert answer.result(10).text == "done"
        ending.result(10)


def test_a_with_block_ends_the_server():
    with Server(_says("one"), "block") as server:
        assert requests.get(server.url, timeout=5).ok
    with pytest.raises(requests.ConnectionError):
        requests.get(server.url, timeout=5)


def test_many_requests_at_once_are_served_at_once():
    together = threading.Barrier(8, timeout=5)

    def meet(environ, start_response):
        together.wait()
        return _says("met")(environ, start_response)

    with Server(meet, "meet") as server, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: requests.get(server.url, timeout=9), "8" * 8))
    assert {answer.text for answer in answers} == {"met"}
