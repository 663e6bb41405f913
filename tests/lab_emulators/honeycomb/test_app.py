"""What all doors share: unknown paths, wrong methods, odd requests."""

import socket
import threading

import pytest
import requests

from lab_emulators.honeycomb.config import LAB_KEY

ROUTES = [
    "/1/auth",
    "/1/events/d",
    "/1/batch/d",
    "/1/datasets",
    "/1/datasets/d",
    "/1/columns/d",
    "/1/columns/d/x",
    "/1/derived_columns/d",
    "/1/derived_columns/d/x",
    "/1/dataset_definitions/d",
    "/1/queries/d",
    "/1/queries/d/x",
    "/1/query_results/d",
    "/1/query_results/d/x",
]


@pytest.mark.parametrize("path", ["/1/nothing", "/1", "/1/events", "/1/datasets/a/b"])
def test_an_unknown_path_is_a_problem(api, path):
    answer = api.get(path)
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    assert answer.get_json()["type"] == "http://localhost/problems/not-found"


def test_outside_the_api_there_is_nothing(stranger):
    assert stranger.get("/").status_code == 404
    assert stranger.get("/v1/").status_code == 404


@pytest.mark.parametrize("path", ROUTES)
def test_a_wrong_method_is_told_in_json(api, path):
    answer = api.open(path, method="TRACE")
    assert (answer.status_code, answer.get_json()) == (
        405,
        {"error": "Method Not Allowed"},
    )
    assert answer.headers["Allow"]


@pytest.mark.parametrize("path", ["/1/auth", "/1/datasets", "/v1/traces"])
def test_a_trailing_slash_changes_nothing(api, path):
    plain, slashed = api.get(path), api.get(f"{path}/")
    assert (slashed.status_code, slashed.data) == (plain.status_code, plain.data)


def test_head_answers_without_a_body(api):
    answer = api.head("/1/datasets")
    assert (answer.status_code, answer.data) == (200, b"")


def test_unknown_parameters_and_members_are_ignored(api):
    assert api.get("/1/auth?include_series=false").status_code == 200
    assert api.post("/1/datasets", json={"name": "d", "colour": 1}).status_code == 201


def test_a_get_may_carry_a_json_content_type(api):
    answer = api.get("/1/datasets", headers={"Content-Type": "application/json"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'{"a":' * 300, b'"\xff"', b'{"a":NaN}']
)
@pytest.mark.parametrize("path", ["/1/datasets", "/1/columns/d", "/1/query_results/d"])
def test_a_document_that_cannot_be_read_is_unparseable(api, path, body):
    api.post("/1/events/d", json={"a": 1})
    answer = api.post(path, data=body)
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert answer.get_json()["error"] == "could not parse request body"


def test_a_nested_document_is_unparseable_before_it_exhausts_anything(api):
    body = b'{"name":' + b"[" * 200 + b"]" * 200 + b"}"
    answer = api.post("/1/datasets", data=body)
    assert answer.get_json()["error"] == "could not parse request body"


def test_a_document_beyond_the_limit_is_too_large(api):
    answer = api.post("/1/datasets", json={"name": "d", "pad": "x" * 100_000})
    assert (answer.status_code, answer.mimetype) == (413, "application/problem+json")
    text = "Body size is larger than maximum size of 100000 bytes"
    assert answer.get_json()["error"] == text


def test_errors_name_the_host_the_client_asked(served):
    answer = requests.get(
        f"{served}/1/datasets/none", headers={"X-Honeycomb-Team": LAB_KEY}, timeout=10
    )
    assert answer.json()["type"] == f"{served}/problems/not-found"


@pytest.mark.parametrize(
    "head",
    [
        "GET /1/auth HTTP/1.1\r\nHost: \x7f\x01[\r\n",
        "GET /1/auth HTTP/1.1\r\nHost: a/b@c\r\n",
        "GET /1/datasets/%ff%fe HTTP/1.1\r\nHost: x\r\n",
        "GET /1/auth?%zz=%&&= HTTP/1.1\r\nHost: x\r\n",
        "GET //1//auth HTTP/1.1\r\nHost: x\r\n",
        "BREW /1/auth HTTP/1.1\r\nHost: x\r\n",
        "POST /1/events/d HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n",
        "POST /1/events/d HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: odd\r\n",
        "POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: \xff;;=\r\n",
        f"GET /1/auth HTTP/1.1\r\nHost: x\r\nX-Long: {'y' * 300_000}\r\n",
        "GET /1/auth HTTP/9.9\r\nHost: x\r\n",
    ],
)
def test_absurd_requests_are_refused_not_failed_on(served, head):
    host, port = served.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as wire:
        key = f"X-Honeycomb-Team: {LAB_KEY}\r\nConnection: close\r\n\r\n"
        wire.sendall((head + key).encode("latin-1"))
        status = int(wire.makefile("rb").readline().split()[1])
    # 501 and 505 are the web server's own words for what is not HTTP as it knows it
    assert status == 200 or 400 <= status < 500 or status in (501, 505)


def test_a_dataset_deleted_meanwhile_is_not_found(api, store, monkeypatch):
    api.post("/1/events/d", json={"a": 1})
    info = store.table("d")
    store.delete_table("d")
    monkeypatch.setattr(type(store), "table", lambda self, name: info)
    answer = api.post("/1/columns/d", json={"key_name": "b"})
    assert answer.status_code == 404


def test_requests_are_answered_side_by_side(served):
    headers, seen = {"X-Honeycomb-Team": LAB_KEY}, []

    def send(number):
        url = f"{served}/1/events/d"
        answer = requests.post(url, json={"n": number}, headers=headers, timeout=30)
        seen.append(answer.status_code)

    threads = [threading.Thread(target=send, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert seen == [200] * 20


@pytest.mark.parametrize("path", ["/1/events/d", "/v1/traces"])
def test_while_the_store_closes_clients_are_asked_to_retry(api, store, path):
    store.close()
    body = '{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"a"}]}]}]}'
    answer = api.post(path, data=body, content_type="application/json")
    assert answer.status_code == 503
    assert "shutting down" in answer.text
