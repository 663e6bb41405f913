"""pyrollbar as students write it, in a process of its own, against the emulator.

What the library does on its own account is held here as well, since lessons are about
it: which handlers lose items, what is scrubbed, what a refusal does to the program.
"""

import subprocess
import sys
import textwrap

import pytest

from lab_emulators.rollbar.config import LAB_TOKENS, TokenScope

START = """
import rollbar
def init(**settings):
    settings |= {{"endpoint": {endpoint!r}, "code_version": "1.2"}}
    rollbar.init({token!r}, "lab", **settings)
"""


@pytest.fixture
def run(served):
    """Runs a script that begins with `rollbar.init`; the finished process."""

    def start(script, token=LAB_TOKENS[TokenScope.POST_SERVER_ITEM], **settings):
        head = START.format(token=token, endpoint=served)
        if settings:
            head += f"init(**{settings!r})\n"
        done = subprocess.run(
            [sys.executable, "-W", "default", "-c", head + textwrap.dedent(script)],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done

    return start


@pytest.fixture
def kept(repository):
    """The `data` of everything that arrived, the first first."""
    return lambda: [found.data for found in repository.occurrences(limit=99)][::-1]


CHAIN = """
def inner(password):
    return {}["deep"]
def outer():
    try:
        inner("hunter2")
    except KeyError as error:
        raise ValueError("not found") from error
for _ in range(3):
    try:
        outer()
    except ValueError:
        rollbar.report_exc_info(extra_data={"tenant": "longcloud"})
"""


def test_an_exception_with_its_cause_arrives_as_one_item(run, repository, kept):
    run(CHAIN, handler="blocking")
    (item,) = repository.items()
    assert (item.title, item.total, item.level) == ("ValueError: not found", 3, 40)
    data = kept()[0]
    chain = data["body"]["trace_chain"]
    assert [t["exception"]["class"] for t in chain] == ["ValueError", "KeyError"]
    assert chain[1]["frames"][-1]["method"] == "inner"
    assert data["custom"] == {"tenant": "longcloud"}
    assert data["notifier"]["name"] == "pyrollbar"
    assert repository.occurrences(limit=1)[0].code_version == "1.2"


def test_a_password_never_leaves_the_process(run, kept):
    run(CHAIN, handler="blocking")
    frame = kept()[0]["body"]["trace_chain"][1]["frames"][-1]
    assert frame["argspec"] == ["password"]
    assert set(frame["locals"]["password"]) == {"*"}
    assert "hunter2" not in str(frame["locals"])


def test_a_message_arrives_with_its_level_and_extra_data(run, repository, kept):
    script = 'rollbar.report_message("slow", "warning", extra_data={"s": 3})'
    run(script, handler="blocking")
    assert [(item.title, item.level) for item in repository.items()] == [("slow", 30)]
    assert kept()[0]["body"]["message"] == {"body": "slow", "s": 3}


@pytest.mark.parametrize("handler", ["thread", "thread_pool", "default"])
def test_threads_deliver_all_that_is_waited_for(run, repository, handler):
    script = """
    for number in range(20):
        rollbar.report_message(f"m{number % 2}")
    rollbar.wait()
    """
    run(script, handler=handler)
    assert sum(item.total for item in repository.items()) == 20


def test_the_logging_handler_reports_records_and_exceptions(run, repository, kept):
    script = """
    import logging
    from rollbar.logger import RollbarHandler
    log = logging.getLogger("app")
    log.addHandler(RollbarHandler(level=logging.WARNING))
    log.info("too small")
    log.warning("queue at %d", 9, extra={"shard": "a"})
    try:
        1 / 0
    except ZeroDivisionError:
        log.exception("division failed")
    """
    run(script, handler="blocking")
    warning, division = repository.items()
    assert (warning.title, warning.level) == ("queue at 9", 30)
    assert division.title == "ZeroDivisionError: division by zero"
    assert kept()[0]["custom"]["record"]["name"] == "app"


@pytest.mark.parametrize("handler", ["httpx", "async"])
def test_async_handlers_deliver_inside_a_running_loop(run, repository, handler):
    pytest.importorskip("httpx")
    script = """
    import asyncio
    async def main():
        rollbar.report_message("in a loop")
        await asyncio.sleep(0)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*others)
    asyncio.run(main())
    """
    run(script, handler=handler)
    assert [item.title for item in repository.items()] == ["in a loop"]


@pytest.mark.parametrize("handler", ["httpx", "async"])
def test_async_handlers_lose_items_where_no_loop_runs(run, repository, handler):
    pytest.importorskip("httpx")
    done = run('rollbar.report_message("no loop")', handler=handler)
    assert repository.items() == []
    assert "no running event loop" in done.stderr


def test_a_blocking_handler_delivers_inside_a_loop_as_well(run, repository):
    script = """
    import asyncio
    async def main():
        rollbar.report_message("blocked for a moment")
    asyncio.run(main())
    """
    run(script, handler="blocking")
    assert [item.title for item in repository.items()] == ["blocked for a moment"]


FLASK = """
from flask import Flask, Request
import rollbar.contrib.flask
class PersonRequest(Request):
    @property
    def rollbar_person(self):
        return {"id": 7, "username": "ana", "email": "ana@example.org"}
app = Flask("kittiwake")
app.request_class = PersonRequest
rollbar.contrib.flask.init(
    app, %r, "lab", endpoint=%r, handler="blocking", root="/srv/app",
    allow_logging_basic_config=False, capture_username=True, capture_email=False,
)
@app.post("/calls/<handle>")
def show(handle):
    raise TypeError("can't subtract offset-naive and offset-aware datetimes")
client = app.test_client()
for handle in ("ana", "ben"):
    client.post(f"/calls/{handle}?token=abc", data={"password": "x", "text": "hi"})
"""


def test_flasks_integration_tells_the_route_the_request_and_the_person(
    run, served, repository, kept
):
    run(FLASK % (LAB_TOKENS[TokenScope.POST_SERVER_ITEM], served))
    (item,) = repository.items()
    assert (item.total, item.unique, item.framework) == (2, 1, "flask")
    data = kept()[1]
    assert data["context"] == "/calls/<handle>"
    assert data["request"]["url"].startswith("http://localhost/calls/ben")
    posted = data["request"]["POST"]
    assert posted["text"] == "hi"
    assert set(posted["password"]) == {"*"}
    assert data["person"] == {"id": 7, "username": "ana", "email": None}
    assert data["server"]["root"] == "/srv/app"


def test_a_refusal_is_logged_and_the_program_goes_on(run, repository):
    done = run(
        'init(handler="blocking"); rollbar.report_message("m"); print("went on")',
        token="x",
    )
    assert done.stdout == "went on\n"
    assert "unexpected status code from Rollbar api: 401" in done.stderr
    assert "invalid access token" in done.stderr
    assert repository.items() == []


def test_what_is_too_large_is_replaced_by_a_failsafe_message(run, repository, kept):
    script = """
    rollbar.report_message("m", extra_data={"much": "x" * 2_000_000})
    """
    run(script, handler="blocking")
    assert [item.title for item in repository.items()] == [
        "Failsafe from pyrollbar: payload too large. Original payload may be found in "
        "your server logs by searching for the UUID."
    ]
    assert kept()[0]["failsafe"] is True


def test_without_the_slash_at_the_end_another_path_is_asked(run, served, repository):
    script = f"""
    rollbar.SETTINGS["endpoint"] = {served.rstrip("/")!r}
    rollbar.report_message("m")
    """
    done = run(script, handler="blocking")
    assert "unexpected status code from Rollbar api: 404" in done.stderr
    assert repository.items() == []


def test_items_that_are_not_sent_on_purpose_do_not_arrive(run, repository):
    script = """
    rollbar.events.add_payload_handler(
        lambda payload, **_: "health" not in str(payload["data"]["body"]) and payload
    )
    rollbar.report_message("health check failed")
    rollbar.report_message("other")
    """
    run(script, handler="blocking")
    assert [item.title for item in repository.items()] == ["other"]
