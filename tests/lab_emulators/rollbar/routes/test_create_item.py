"""The door that every library reports to: tokens, forms, checks, limits, answers."""

import gzip
import json

import pytest

from lab_emulators.rollbar.config import LAB_TOKENS, Token, TokenScope
from lab_emulators.rollbar.routes.create_item import CLIENT_PLATFORMS

SERVER, CLIENT = (
    LAB_TOKENS[TokenScope.POST_SERVER_ITEM],
    LAB_TOKENS[TokenScope.POST_CLIENT_ITEM],
)
HEADER = "X-Rollbar-Access-Token"
DOOR = "/api/1/item/"


@pytest.fixture
def stranger(app):
    return app.test_client()


def refused(answer, status):
    assert answer.status_code == status, answer.text
    assert answer.json.keys() == {"err", "message"}
    assert answer.json["err"] == 1
    return answer.json["message"]


def test_somebody_is_there(stranger):
    answer = stranger.get("/api/1/status/ping")
    assert (answer.status_code, answer.text) == (200, "pong")


def test_what_is_taken_is_told_with_its_uuid(post, message):
    answer = post(message(uuid="u-1"))
    assert answer.json == {"err": 0, "result": {"id": None, "uuid": "u-1"}}


def test_a_uuid_is_made_up_where_there_is_none(post, message, repository):
    made = post(message()).json["result"]["uuid"]
    assert len(made) == 32
    assert repository.occurrences(limit=1)[0].data["uuid"] == made


@pytest.mark.parametrize("path", ["/api/1/item/", "/api/1/item"])
@pytest.mark.parametrize(
    ("header", "body", "status"),
    [
        (SERVER, None, 200),
        (None, SERVER, 200),
        (SERVER, SERVER, 200),
        (SERVER, "wrong", 200),
        ("wrong", SERVER, 401),
        (None, None, 401),
        (None, "", 401),
        (None, {"a": 1}, 401),
        (CLIENT, SERVER, 403),
    ],
)
def test_the_token_is_in_the_header_or_the_body_and_the_header_wins(
    stranger, message, path, header, body, status
):
    headers = {HEADER: header} if header else {}
    told = {"data": message()} | ({} if body is None else {"access_token": body})
    assert stranger.post(path, json=told, headers=headers).status_code == status


def test_a_token_nobody_knows_and_none_at_all_are_told_apart(stranger, message):
    told = {"data": message()}
    assert refused(stranger.post(DOOR, json=told), 401) == "access token is required"
    wrong = stranger.post(DOOR, json=told, headers={HEADER: "x"})
    assert refused(wrong, 401) == "invalid access token"


@pytest.mark.parametrize("platform", sorted(CLIENT_PLATFORMS))
def test_what_runs_at_the_users_needs_the_clients_token(post, message, platform):
    data = message(platform=platform)
    assert "post_client_item scope is required" in refused(post(data), 403)
    assert post(data, TokenScope.POST_CLIENT_ITEM).status_code == 200


@pytest.mark.parametrize("platform", [None, "linux", "python"])
def test_everything_else_needs_the_servers_token(post, message, platform):
    data = message(platform=platform)
    assert refused(post(data, TokenScope.POST_CLIENT_ITEM), 403) == (
        "insufficient privileges: post_server_item scope is required but the access "
        "token only has post_client_item."
    )
    assert post(data).status_code == 200


@pytest.mark.parametrize("scope", [TokenScope.READ, TokenScope.WRITE])
def test_tokens_for_reading_and_writing_report_nothing(
    post, message, repository, scope
):
    refused(post(message(), scope), 403)
    assert repository.items() == []


def test_a_form_with_the_payload_is_taken(stranger, message, repository):
    payload = json.dumps({"access_token": SERVER, "data": message("a+b & é")})
    assert stranger.post(DOOR, data={"payload": payload}).status_code == 200
    assert repository.items()[0].title == "a+b & é"


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "", "text/plain"]
)
def test_json_is_taken_whatever_it_is_called(stranger, message, kind):
    payload = json.dumps({"access_token": SERVER, "data": message()})
    assert stranger.post(DOOR, data=payload, content_type=kind).status_code == 200


NO_JSON = [b"", b"  ", b"{", b"[]", b"7", b'"x"', b"null", b"\xff"]
STRANGE = [b'{"a": NaN}', b'{"a": 1e999}', b'{"a": %s}' % (b"9" * 5000)]
DEEP = [b"[" * 5000, b'{"a":' * 200 + b"1" + b"}" * 200]


@pytest.mark.parametrize("body", NO_JSON + STRANGE + DEEP)
def test_what_is_no_json_object_gets_400(stranger, body):
    answer = stranger.post(DOOR, data=body, headers={HEADER: SERVER})
    assert refused(answer, 400)


@pytest.mark.parametrize("form", ["a=b", "payload=%7B", "payload", "&".join("abcdefg")])
def test_a_form_without_a_readable_payload_gets_400(stranger, form):
    kind = "application/x-www-form-urlencoded"
    headers = {HEADER: SERVER}
    refused(stranger.post(DOOR, data=form, content_type=kind, headers=headers), 400)


def test_a_compressed_body_is_named_and_not_guessed_at(stranger, message):
    body = gzip.compress(json.dumps({"data": message()}).encode())
    headers = {HEADER: SERVER, "Content-Encoding": "gzip"}
    answer = stranger.post(DOOR, data=body, headers=headers)
    assert "compressed" in refused(answer, 400)


def test_what_is_too_large_gets_413_and_is_not_kept(make_app, message):
    client = make_app(max_body=2000).test_client()
    fits, large = (
        {"access_token": SERVER, "data": message("x" * size)} for size in (1700, 2000)
    )
    assert client.post(DOOR, json=fits).status_code == 200
    assert refused(client.post(DOOR, json=large), 413) == "request entity too large"


def test_a_uuid_that_came_already_is_discarded_and_told_the_same(
    post, message, repository
):
    first, again = post(message(uuid="u")), post(message("other", uuid="u"))
    assert first.json == again.json
    assert [item.total for item in repository.items()] == [1]
    assert len(repository.occurrences(limit=9)) == 1


def test_every_answer_tells_where_the_token_stands(post, message, stranger, clock):
    post(message())
    told = post(message()).headers
    assert told["X-Rate-Limit-Limit"] == "5000"
    assert told["X-Rate-Limit-Remaining"] == "4998"
    assert told["X-Rate-Limit-Reset"] == str(clock.now_ns // 10**9 + 60)
    assert told["X-Rate-Limit-Remaining-Seconds"] == "60"
    assert stranger.get("/nowhere").headers["X-Rate-Limit-Remaining"] == "4999"


def test_a_token_that_is_used_up_gets_429_until_its_window_ends(
    make_app, message, clock
):
    token = Token("few", frozenset({TokenScope.POST_SERVER_ITEM}), window_s=10, calls=2)
    client = make_app(tokens={"t": token}, enforce_rate_limits=True).test_client()

    def send():
        told = {"access_token": "t", "data": message()}
        return client.post(DOOR, json=told)

    assert [send().status_code for _ in range(3)] == [200, 200, 429]
    clock.advance(4)
    again = send()
    assert refused(again, 429)
    assert again.headers["X-Rate-Limit-Remaining-Seconds"] == "6"
    clock.advance(6)
    assert send().status_code == 200


def test_limits_that_are_not_enforced_are_only_told(make_app, message):
    token = Token("few", frozenset({TokenScope.POST_SERVER_ITEM}), calls=1)
    client = make_app(tokens={"t": token}).test_client()
    told = {"access_token": "t", "data": message()}
    answers = [client.post(DOOR, json=told) for _ in range(3)]
    assert [a.status_code for a in answers] == [200] * 3
    assert answers[-1].headers["X-Rate-Limit-Remaining"] == "0"


def test_a_browser_may_report_from_any_page_and_read_the_answer(stranger, message):
    asked = {"Origin": "https://page", "Access-Control-Request-Method": "POST"}
    preflight = stranger.options(DOOR, headers=asked)
    assert preflight.status_code == 200
    assert HEADER in preflight.headers["Access-Control-Allow-Headers"]
    data = {"data": message(platform="browser")}
    for headers, status in (({HEADER: CLIENT}, 200), ({}, 401)):
        answer = stranger.post(DOOR, json=data, headers=headers)
        assert answer.status_code == status
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        exposed = answer.headers["Access-Control-Expose-Headers"]
        assert "X-Rate-Limit-Remaining" in exposed


def test_only_the_door_speaks_to_browsers(stranger):
    answer = stranger.get("/api/1/status/ping")
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_unknown_paths_and_methods_are_refused_in_rollbars_shape(stranger):
    assert refused(stranger.get("/api/1/nothing"), 404) == "Not found"
    answer = stranger.delete(DOOR)
    refused(answer, 405)
    assert "POST" in answer.headers["Allow"]
