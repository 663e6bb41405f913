"""What checks do with log groups of their own, on the lab's CloudWatch."""

import logging
import time
from dataclasses import replace

import boto3
import pandas as pd
import pytest
from botocore.exceptions import EndpointConnectionError

from lab_helpers import lab
from lab_helpers.clients import CloudWatchError
from lab_helpers.exercises import Miss
from lab_helpers.exercises.checking.cloudwatch import (
    STREAM,
    arrived,
    fields_of,
    forget,
    fresh_group,
    put,
    reaching,
    record_of,
    recorded,
    shipping,
)
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.patience import DataSource


@pytest.fixture
def context(session_lab, restored_environment):
    lab.start()
    return Context()


def groups(prefix):
    found = boto3.client("logs").describe_log_groups(logGroupNamePrefix=prefix)
    return [group["logGroupName"] for group in found["logGroups"]]


def test_a_fresh_group_is_there_inside_and_gone_afterwards(context):
    with fresh_group(context) as group:
        assert groups(group) == [group]
    assert groups(group) == []


def test_a_fresh_group_is_gone_when_the_check_fails(context):
    with pytest.raises(ZeroDivisionError), fresh_group(context) as group:
        raise ZeroDivisionError
    assert groups(group) == []


def test_two_fresh_groups_are_two(context):
    with fresh_group(context) as one, fresh_group(context) as two:
        assert one != two


def test_to_forget_deletes_that_group_and_no_other(context):
    with fresh_group(context) as one, fresh_group(context) as two:
        forget(one)
        forget(one)  # it is gone already, which is what was wanted
        assert (groups(one), groups(two)) == ([], [two])


def test_lines_may_be_put_in_any_order_and_come_by_time(context):
    now = time.time()
    with fresh_group(context) as group:
        put(group, [(now, {"n": 2}), (now - 5, {"n": 1}), (now - 9, {"n": 0})])
        events = arrived(context, group, rows=3)
    assert fields_of(events) == [{"n": 0}, {"n": 1}, {"n": 2}]
    assert set(events["stream"]) == {STREAM}


def test_only_what_matches_the_pattern_has_arrived(context):
    now = time.time()
    with fresh_group(context) as group:
        put(group, [(now, {"status": 500}), (now, {"status": 200})])
        events = arrived(context, group, "{ $.status = 500 }", rows=1)
    assert fields_of(events) == [{"status": 500}]


def test_a_handler_has_sent_all_it_holds_when_its_block_ends(context):
    with fresh_group(context) as group:
        with shipping(group) as handler:
            handler.handle(record_of("kittiwake", logging.INFO, {"n": 1}))
            assert arrived(context, group, rows=0).empty
        events = arrived(context, group, rows=1)
    assert fields_of(events) == [{"n": 1}]


def test_a_handler_makes_no_group(context):
    group = f"check/{context.fresh_id()}"
    with shipping(group):
        assert groups(group) == []


def test_a_recorded_logger_ships_to_the_checks_group_and_nowhere_else(context):
    logger = logging.getLogger("kittiwake.recorded")
    elsewhere = logging.NullHandler()
    elsewhere.handle = lambda record: pytest.fail("the page's handler got a record")
    logger.handlers, logger.level = [elsewhere], logging.ERROR
    with fresh_group(context) as group:
        with recorded(logger, group) as records:
            logger.info({"n": 1})
        events = arrived(context, group, rows=1)
    assert [record.levelname for record in records] == ["INFO"]
    assert fields_of(events) == [{"n": 1}]
    assert (logger.handlers, logger.level) == ([elsewhere], logging.ERROR)


def test_a_group_that_is_not_there_yet_has_no_lines():
    class Nowhere:
        cloudwatch = None

        def filter_events(self, *args, **kwargs):
            raise CloudWatchError("FilterLogEvents", 400, "ResourceNotFound")

        def wait_for(self, look, *, source, rows, at_least_s):
            self.wanted = source, rows, at_least_s
            return look()

    context = Nowhere()
    context.cloudwatch = context
    assert arrived(context, "gone", rows=3, at_least_s=5).empty
    assert context.wanted == (DataSource.LOGS, 3, 5)


def test_a_record_is_what_a_logger_of_that_name_makes():
    fields = {"n": 1}
    record = record_of("kittiwake.api", logging.WARNING, fields)
    assert (record.name, record.levelname) == ("kittiwake.api", "WARNING")
    record.msg["n"] = 2
    assert fields == {"n": 1}  # a filter under test may write into its own copy


def test_a_line_that_is_no_json_object_is_a_message():
    events = pd.DataFrame({"message": ['{"n": 1}', "plain", "[1]", "12"]})
    messages = [{"message": "plain"}, {"message": "[1]"}, {"message": "12"}]
    assert fields_of(events) == [{"n": 1}, *messages]


def test_no_event_has_no_fields():
    assert fields_of(pd.DataFrame()) == []


def test_nobody_at_the_endpoint_is_not_the_answers_fault(double):
    def unreachable(namespace, context):
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1/")

    checked = reaching(replace(double, check=unreachable))
    with pytest.raises(Miss, match=r"127\.0\.0\.1:1/.* Is the lab running"):
        checked.check({}, Context())


def test_every_other_finding_stays_what_it_is(double):
    with pytest.raises(Miss, match="look at the operator"):
        reaching(double).check({"double": lambda x: x + 2}, Context())
