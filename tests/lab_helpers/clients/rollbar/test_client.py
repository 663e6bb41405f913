"""The client where Rollbar hesitates or fails, against scripted answers."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, Response, request

from lab_emulators.web.server import Server, bind
from lab_helpers.clients import RollbarClient, RollbarError, RollbarTimeoutError

Reply = tuple[int, dict[str, str], object]
JOB = {"id": 7, "status": "running"}


class Script:
    """Answers in order, then the last one for ever; what was asked."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.asked: list[tuple[str, str, Any]] = []

    def say(self, result: object, status: int = 200, **headers: str) -> None:
        """One more answer: a result, or with a status of 400 and more a message."""
        body = {"err": 0, "result": result}
        if status >= 400:
            body = {"err": 1, "message": result}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.replies.append((status, named, body))

    def answer(self, path: str) -> Response:
        """The next answer."""
        self.asked.append((request.method, path, request.get_json(silent=True)))
        status, headers, body = self.replies[0]
        if len(self.replies) > 1:
            self.replies.pop(0)
        return Response(json.dumps(body), status, headers, mimetype="application/json")


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def scripted(script: Script, clock: Any) -> Iterator[RollbarClient]:
    """A client of a Rollbar that answers by the script, waiting without waiting."""
    app = Flask("scripted")
    methods = ["GET", "POST", "PATCH"]
    app.add_url_rule("/<path:path>", view_func=script.answer, methods=methods)
    server = Server("scripted", app, bind(0)[0])
    url = f"{server.url}/api/1/"
    with RollbarClient("r", url, write_token="w", clock=clock) as client:
        yield client
    server.stop()


def test_a_rate_limit_is_waited_out(
    scripted: RollbarClient, script: Script, clock: Any
) -> None:
    script.say("slow down", 429, X_Rate_Limit_Remaining_Seconds="12")
    script.say({"id": 1})
    scripted.item({"id": 1})
    assert sum(clock.slept) == pytest.approx(12)


def test_a_running_query_is_asked_about_until_it_is_done(
    scripted: RollbarClient, script: Script
) -> None:
    for job in (JOB, JOB, JOB | {"status": "success"}):
        script.say(job)
    script.say({"result": {"columns": ["n"], "rows": [[3]]}})
    assert scripted.rql("SELECT count(*) FROM item_occurrence")["n"].tolist() == [3]
    assert [path for _, path, _ in script.asked][-1] == "api/1/rql/job/7/result"


def test_a_query_that_fails_says_why(scripted: RollbarClient, script: Script) -> None:
    script.say(JOB | {"status": "failed", "result": {"errors": ["too many rows"]}})
    with pytest.raises(RollbarError, match="RQL job 7: too many rows"):
        scripted.rql("SELECT 1")


@pytest.mark.parametrize("status", [402, 403, 404])
def test_rql_that_the_real_service_refuses_may_be_a_matter_of_the_plan(
    scripted: RollbarClient, script: Script, monkeypatch, status: int
) -> None:
    script.say("no", status)
    with pytest.raises(RollbarError) as caught:
        scripted.rql("SELECT 1")
    assert "plans" not in caught.value.advice  # the lab knows none
    monkeypatch.setattr("lab_helpers.clients.rollbar.client.LOOPBACK", ())
    with pytest.raises(RollbarError, match="Advanced and Enterprise plans"):
        scripted.rql("SELECT 1")


def test_a_query_that_never_ends_is_given_up(
    scripted: RollbarClient, script: Script
) -> None:
    script.say(JOB)
    with pytest.raises(RollbarTimeoutError, match="not complete after 20 s"):
        scripted.rql("SELECT 1", timeout_s=20)


def test_an_error_inside_an_answer_of_200_is_an_error(
    scripted: RollbarClient, script: Script
) -> None:
    script.replies.append((200, {}, {"err": 1, "message": "no such item"}))
    with pytest.raises(RollbarError, match="no such item"):
        scripted.item({"id": 1})


def test_a_result_of_another_shape_is_an_error(
    scripted: RollbarClient, script: Script
) -> None:
    script.say(["item"])
    with pytest.raises(RollbarError, match="expected an object"):
        scripted.item({"id": 1})


def test_a_page_that_repeats_ends_the_list(
    scripted: RollbarClient, script: Script
) -> None:
    script.say({"items": [{"id": 1}]})
    assert len(scripted.items()) == 1
    assert len(script.asked) == 2


def test_nothing_listening_says_to_start_the_lab() -> None:
    with (
        RollbarClient("r", "http://127.0.0.1:9/api/1/", write_token="w") as client,
        pytest.raises(RollbarError, match="nothing listens") as caught,
    ):
        client.items()
    assert "lab.start()" in caught.value.advice
