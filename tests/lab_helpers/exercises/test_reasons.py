"""Reasons for errors of a check that lie outside of the value asked for."""

import json
import logging
import socket
from dataclasses import replace
from types import SimpleNamespace

import boto3
import flask
import pytest
import watchtower

from lab_helpers.exercises.grader import judge

GET = {
    "requests": "import requests\ndef double(x): return requests.get({url!r})",
    "urllib": "import urllib.request as u\ndef double(x): return u.urlopen({url!r})",
    "boto3": "import boto3\ndef double(x):\n"
    "    keys = dict(aws_access_key_id='a', aws_secret_access_key='b')\n"
    "    return boto3.client('logs', 'us-east-1', endpoint_url={url!r}, **keys)"
    ".describe_log_groups()",
}


@pytest.fixture
def closed_url(monkeypatch):
    """An address of this machine at which nothing listens."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def said_by(desk, source, **names):
    sat = desk(source)
    sat.namespace.update(names)
    return sat.check("double").message


@pytest.mark.parametrize("library", GET)
def test_a_server_that_was_stopped_is_named_with_the_cell_to_run(
    desk, closed_url, library
):
    server = SimpleNamespace(url=closed_url)
    said = said_by(desk, GET[library].format(url=closed_url), api=server)
    assert said == (
        f"nothing listens at {closed_url}; run the cell that makes `api` again, "
        "then this one"
    )


def test_a_proxy_of_flask_among_the_names_is_passed_over(desk, closed_url):
    source = "def double(x):\n    request\n    raise KeyError(x)"
    proxies = {"request": flask.request, "g": flask.g}
    assert said_by(desk, source, **proxies) == "your code raised KeyError: 3"
    said = said_by(desk, GET["urllib"].format(url=closed_url), **proxies)
    assert said.startswith(f"nothing listens at {closed_url}; run the cell")
    said = said_by(desk, "def double(x):\n    request\n    return x", **proxies)
    assert said == "double(3) should be 6; look at the operator"


def test_a_server_that_no_name_has_is_named_by_its_address(desk, closed_url):
    said = said_by(desk, GET["requests"].format(url=closed_url))
    assert f"{closed_url}; run the cell that serves the app again" in said


def test_a_lab_that_does_not_listen_is_to_be_started(desk, closed_url, monkeypatch):
    monkeypatch.setenv("LAB_ENV_FILE", "")
    exported = json.dumps({"HONEYCOMB_API_ENDPOINT": closed_url})
    monkeypatch.setenv("LAB_EXPORTED", exported)
    said = said_by(desk, GET["requests"].format(url=closed_url))
    assert said == f"nothing listens at {closed_url}; start the lab with lab.start()"


def test_a_refused_connection_elsewhere_stays_the_answers_error(desk):
    source = "def double(x):\n    raise ConnectionRefusedError('no')"
    said = said_by(desk, source)
    assert said == "your code raised ConnectionRefusedError: no"


HOOK = "def double(response):\n    {}"


@pytest.fixture
def hooked(double, desk):
    """A function from a hook's body to what is said when the check visits its app."""

    def check(namespace, context):
        app = flask.Flask("checked")
        app.testing = True
        app.after_request(namespace["double"])
        app.add_url_rule("/", "home", lambda: "home")
        app.test_client().get("/")

    hook = replace(double, check=check, solution=HOOK.format("return response"))
    return lambda body: judge(hook, desk(HOOK.format(body)).namespace, None).message


def test_a_forgotten_return_of_a_hook_is_said_with_the_line(hooked):
    said = hooked("response.headers['x'] = '1'")
    assert said == "`double` returns nothing; end it with `return response`"


def test_a_hook_that_returns_only_sometimes_is_said(hooked):
    said = hooked("if response.status_code == 404: return response")
    assert said == "an after_request hook returned None; it must return the response"


def test_a_hook_that_returns_the_response_is_solved(hooked):
    assert hooked("return response") == "Double a number. Twice is plus itself."


@pytest.fixture
def requests_log(request):
    """A logger whose watchtower handler was closed, as at the end of a page."""
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
    client = boto3.client("logs", "us-east-1", **keys)
    handler = watchtower.CloudWatchLogHandler(
        boto3_client=client, create_log_group=False, create_log_stream=False
    )
    handler.close()
    log = logging.getLogger(f"tests.{request.node.name}")
    log.addHandler(handler)
    yield log
    log.removeHandler(handler)


def test_a_closed_handler_is_named_before_what_was_missed(desk, requests_log):
    source = "def double(x):\n    requests_log.info(x)\n    return x"
    assert said_by(desk, source, requests_log=requests_log) == (
        "the handler of `requests_log` is closed and sends no line any more; run the "
        "cell that makes it again, then this one. double(3) should be 6; look at the "
        "operator"
    )


def test_a_closed_handler_that_the_answer_does_not_use_is_not_named(desk, requests_log):
    said = said_by(desk, "def double(x): return x", requests_log=requests_log)
    assert said == "double(3) should be 6; look at the operator"


def test_a_value_of_the_wrong_kind_is_shown_short_and_with_its_type(desk, double):
    def check(namespace, context):
        raise TypeError("no")

    wrong = replace(double, check=check)
    said = judge(wrong, desk(f"double = {'a' * 99!r}").namespace, None).message
    assert said.startswith(f"`double` is '{'a' * 56}... (str); looking at it raised")
    said = judge(wrong, desk("double = None").namespace, None).message
    assert said.startswith("`double` is None; looking at it raised TypeError: no")
