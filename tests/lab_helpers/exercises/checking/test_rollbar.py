"""What a check does to pyrollbar of the notebook, and undoes."""

import logging
import time

import pytest
import rollbar

from lab_helpers import lab
from lab_helpers.exercises import Context, Miss
from lab_helpers.exercises.checking.rollbar import (
    arrived,
    custom_of,
    kind_of,
    mute,
    refused_status,
    reported,
    reporting,
    wait_for_next_second,
)

SETTINGS = {"access_token": "t", "endpoint": "http://127.0.0.1:9/api/1/"}


@pytest.fixture
def initialized(monkeypatch):
    """pyrollbar as after `rollbar.init`, with an environment of the notebook's."""
    monkeypatch.setitem(rollbar.SETTINGS, "access_token", "t")
    monkeypatch.setitem(rollbar.SETTINGS, "environment", "notebook")


def test_without_init_the_student_is_told_to_run_it(monkeypatch):
    monkeypatch.setitem(rollbar.SETTINGS, "access_token", None)
    with pytest.raises(Miss, match=r"rollbar\.init has not run"), reporting("check"):
        pass


def test_a_check_reports_elsewhere_and_leaves_no_trace(initialized):
    before = dict(rollbar.SETTINGS)
    with reporting("check-1", filters=[(OSError, "ignored")]):
        assert rollbar.SETTINGS["environment"] == "check-1"
        assert rollbar.SETTINGS["handler"] == "blocking"
        assert rollbar.SETTINGS["exception_level_filters"] == [(OSError, "ignored")]
    assert before == rollbar.SETTINGS


def test_only_the_handler_under_check_sees_payloads(initialized):
    seen = []
    notebooks_own = rollbar.events.on_payload
    with reporting("check-1", handler=lambda payload, **_: seen.append(payload)):
        rollbar.events.on_payload({"data": {}})
    assert seen == [{"data": {}}]
    assert rollbar.events.on_payload is notebooks_own


def test_a_handler_that_an_answer_adds_is_gone_afterwards(initialized):
    before = {kind: [*each] for kind, each in rollbar.events._event_handlers.items()}
    with reporting("check-1"):
        rollbar.events.add_payload_handler(lambda payload, **_: False)
    assert rollbar.events._event_handlers == before


def test_what_pyrollbar_logs_is_the_checks_and_nobody_elses(initialized, caplog):
    logger = logging.getLogger("rollbar")
    before = logger.handlers, logger.propagate
    with reporting("check-1") as log:
        rollbar.SETTINGS["endpoint"] = "http://127.0.0.1:9/api/1/"
        rollbar.report_message("nobody is there")
    assert "Exception while posting item" in log[0]
    assert (logger.handlers, logger.propagate) == before
    assert not caplog.records


@pytest.mark.parametrize(
    ("extra", "words"),
    [
        (None, "a message reported without extra_data; its payload"),
        ({"code": "late"}, "a message reported with extra_data {'code': 'late'}"),
    ],
)
def test_a_handler_that_raises_is_a_miss_with_the_kind_of_payload(
    initialized, extra, words
):
    def failing(payload, **_):
        raise KeyError("custom")

    fault = rf"your handler raised KeyError: 'custom', for {words}"
    with pytest.raises(Miss, match=fault), reporting("check-1", handler=failing):
        rollbar.report_message("late", "info", extra_data=extra)


def test_a_payload_with_a_stack_is_an_exception():
    assert kind_of({"data": {"body": {"trace": {}}}}).startswith("an exception")


def test_the_status_of_a_refusal_is_that_of_the_last_one():
    log = [f"Got unexpected status code from Rollbar api: {n}" for n in (403, 422)]
    assert refused_status([*log, "something else"]) == "422"
    assert refused_status([]) == ""


def test_the_next_second_is_another_one():
    before = int(time.time())
    wait_for_next_second()
    assert int(time.time()) > before


def test_a_muted_item_stays_so_when_it_occurs_again(
    session_lab, restored_environment, initialized
):
    lab.start()
    context = Context()
    environment = context.fresh_id()
    with reporting(environment):
        rollbar.report_message("late", "info")
        mute(arrived(context, environment, rows=1).iloc[0])
        rollbar.report_message("late", "info")
    assert list(arrived(context, environment, rows=1)["status"]) == ["muted"]


def test_a_setting_within_a_setting_is_as_before(initialized):
    before = rollbar.SETTINGS["locals"]["enabled"]
    with reporting("check-1"):
        rollbar.SETTINGS["locals"]["enabled"] = not before
    assert rollbar.SETTINGS["locals"]["enabled"] is before


def test_a_failing_answer_leaves_no_trace_either(initialized):
    with pytest.raises(ZeroDivisionError), reporting("check-1"):
        1 / 0  # noqa: B018
    assert rollbar.SETTINGS["environment"] == "notebook"


def test_settings_that_cannot_be_passed_on_are_a_miss():
    with pytest.raises(Miss, match="no text or number"):
        reported({"handler": object()}, "check-1")


def test_settings_that_init_refuses_are_a_miss_in_its_words():
    with pytest.raises(Miss, match="did not take it"):
        reported({**SETTINGS, "scrub_fields": 7}, "check-1")


def test_what_pyrollbar_logs_in_its_process_comes_back():
    log = reported({**SETTINGS, "handler": "blocking"}, "check-1")
    assert "Exception while posting item" in log


def test_custom_data_that_is_no_object_is_as_good_as_none():
    assert custom_of({"custom": ["a"]}) == {}
    assert custom_of({"custom": {"a": 1}}) == {"a": 1}


def test_the_context_makes_a_client_for_where_the_settings_point(monkeypatch):
    context = Context()
    monkeypatch.setenv("LAB_ROLLBAR_PORT", "7001")
    first = context.rollbar
    assert first is context.rollbar
    assert first.endpoint == "http://127.0.0.1:7001/api/1"
    monkeypatch.setenv("LAB_ROLLBAR_PORT", "7002")
    assert context.rollbar is not first
