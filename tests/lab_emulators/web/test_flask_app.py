"""The shell that all Flask applications of the lab have in common."""

import pytest
from flask import Blueprint, Response
from werkzeug.exceptions import HTTPException

from lab_emulators.web import flask_app
from lab_emulators.web.flask_app import EXTENSION, Cors, with_headers_of


class TideError(Exception):
    """An error of the vendor's own."""


def _refused(error):
    return Response("low tide", 418)


def _unrouted(error):
    return with_headers_of(error, Response("no such path", error.code))


def _accept():
    return flask_app.empty(202)


def _raise():
    raise TideError


@pytest.fixture
def app():
    """One path to send to and one to read, each a blueprint's."""
    routes = Blueprint("tides", __name__)
    routes.post("/tides/")(_accept)
    routes.get("/low")(_raise)
    cors = Cors(
        lambda path: path.startswith("/tides"),
        "X-Tide",
        "X-Moon",
        lambda: flask_app.empty(204),
    )
    handlers = {TideError: _refused, HTTPException: _unrouted}
    return flask_app.create("the sea", [routes], handlers, cors)


def test_a_request_reaches_the_emulator(app):
    assert app.extensions[EXTENSION] == "the sea"


@pytest.mark.parametrize("path", ["/tides/", "/tides"])
def test_a_path_is_served_with_and_without_its_last_slash(app, path):
    answer = app.test_client().post(path)
    assert (answer.status_code, answer.data) == (202, b"")
    assert "Content-Type" not in answer.headers


def test_slashes_in_a_row_are_another_path(app):
    assert app.test_client().post("//tides/").status_code == 404


def test_the_vendors_errors_are_answered_its_way(app):
    answer = app.test_client().get("/low")
    assert (answer.status_code, answer.text) == (418, "low tide")


def test_a_refusal_of_routing_keeps_the_headers_that_say_what_works(app):
    answer = app.test_client().get("/tides/")
    assert (answer.status_code, answer.text) == (405, "no such path")
    assert answer.headers["Allow"] == "POST"
    assert answer.headers.getlist("Content-Type") == ["text/html; charset=utf-8"]


def test_a_preflight_is_answered_where_pages_may_send(app):
    answer = app.test_client().options("/tides/")
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Methods"] == "POST, OPTIONS"
    assert answer.headers["Access-Control-Allow-Headers"] == "X-Tide"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Max-Age"] == "600"


def test_a_page_may_read_only_where_it_may_send(app):
    client = app.test_client()
    assert client.post("/tides/").headers["Access-Control-Expose-Headers"] == "X-Moon"
    assert "Access-Control-Allow-Origin" not in client.get("/low").headers
    assert client.options("/low").status_code == 405
