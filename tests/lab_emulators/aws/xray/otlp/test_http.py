"""The `http` block, from old and new conventions."""

import pytest

OLD = {
    "http.method": "POST",
    "http.scheme": "https",
    "http.host": "calls.example:8443",
    "http.target": "/calls?x=1",
    "http.user_agent": "curl",
    "http.status_code": 201,
    "http.client_ip": "203.0.113.7",
    "net.peer.ip": "10.0.0.1",
}
NEW = {
    "http.request.method": "POST",
    "url.scheme": "https",
    "server.address": "calls.example",
    "server.port": 8443,
    "url.path": "/calls",
    "url.query": "x=1",
    "user_agent.original": "curl",
    "http.response.status_code": 201,
    "client.address": "203.0.113.7",
    "network.peer.address": "10.0.0.1",
}


@pytest.mark.parametrize("attributes", [OLD, NEW], ids=["old", "new"])
def test_both_conventions_say_the_same_of_a_server(one, attributes):
    document = one(attributes)
    assert document["http"] == {
        "request": {
            "method": "POST",
            "url": "https://calls.example:8443/calls?x=1",
            "user_agent": "curl",
            "client_ip": "203.0.113.7",
            "x_forwarded_for": True,
        },
        "response": {"status": 201},
    }
    assert "metadata" not in document


@pytest.mark.parametrize(
    ("attributes", "url"),
    [
        ({"url.full": "http://u/p"}, "http://u/p"),
        ({"http.url": "http://u/p", "http.host": "other"}, "http://u/p"),
        ({"net.peer.name": "n", "net.peer.port": 81}, "http://n:81/"),
        ({"server.address": "s", "server.port": 80}, "http://s/"),
        ({"http.scheme": "https", "net.peer.name": "n", "net.peer.port": 443}, None),
        ({}, ""),
    ],
)
def test_a_clients_url_is_put_together_where_it_must(one, attributes, url):
    document = one({"http.method": "GET"} | attributes, kind="CLIENT")
    wanted = "https://n/" if url is None else url
    assert document["http"]["request"].get("url", "") == wanted


def test_a_span_without_http_has_no_block_and_keeps_its_attributes(one):
    document = one({"net.peer.name": "db", "server.address": "db"}, kind="CLIENT")
    assert "http" not in document
    assert document["metadata"]["default"] == {
        "net.peer.name": "db",
        "server.address": "db",
    }


def test_the_size_of_the_answer_is_told_where_it_is_known(one):
    response = one({"http.method": "GET", "http.response.body.size": 7})["http"]
    assert response["response"] == {"content_length": 7}


def test_the_peer_of_a_call_is_not_its_client(one):
    attributes = {"http.method": "GET", "network.peer.address": "10.0.0.1"}
    assert "client_ip" not in one(attributes, kind="CLIENT")["http"]["request"]
    assert one(attributes)["http"]["request"]["client_ip"] == "10.0.0.1"


def test_a_name_is_no_address_of_a_client(one):
    attributes = {"http.method": "GET", "client.address": "/tmp/socket"}
    assert "client_ip" not in one(attributes)["http"]["request"]
