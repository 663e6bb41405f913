"""The files in data/ are what their origin says they are."""

import json
import runpy
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import pandas as pd
import pytest

from lab_emulators.aws.logs import batch_limits
from lab_emulators.aws.logs.operations import queries
from lab_emulators.aws.metrics import metric_data_queries
from lab_emulators.aws.metrics.operations import get_metric_statistics, put_metric_data
from lab_emulators.aws.xray import segment_documents, trace_summary
from lab_emulators.honeycomb import ratelimit
from lab_emulators.honeycomb.config import RequestLimits
from lab_emulators.honeycomb.query import window
from lab_emulators.honeycomb.query.options import MOST_ROWS
from lab_emulators.rollbar.config import MAX_BODY, Token, TokenScope
from lab_emulators.rollbar.errors import RollbarError
from lab_emulators.rollbar.items.validation import validate
from lab_helpers.analysis import windows
from lab_helpers.clients.honeycomb.client import WEEK_S
from lab_helpers.exercises import patience
from lab_helpers.exercises.patience import DataSource
from lab_helpers.history.sending.cloudwatch_logs import CloudWatchLogLines
from lab_helpers.history.sending.honeycomb import HoneycombSpans
from lab_helpers.history.sending.metrics import CloudWatchMetrics
from lab_helpers.history.sending.xray import XRaySegments

DATA = Path(__file__).resolve().parents[1] / "data"
DAY, HOUR = 86_400, 3600
KEYS = {"value", "unit", "says", "source", "checked_on"}


@pytest.fixture(scope="module")
def same_average():
    return pd.read_csv(DATA / "same_average.csv", parse_dates=["start"])


def test_the_two_services_share_their_mean_and_their_p95(same_average):
    by_service = same_average.groupby("service")["duration_ms"]
    assert by_service.mean().to_list() == pytest.approx([60, 60], abs=0.01)
    assert by_service.quantile(0.95).to_list() == pytest.approx([134, 134], abs=0.01)


def test_the_two_services_do_not_share_their_median(same_average):
    medians = same_average.groupby("service")["duration_ms"].median()
    assert medians["split"] > 1.5 * medians["steady"]


def test_the_script_beside_it_makes_the_file_again(same_average):
    made = runpy.run_path(str(DATA / "same_average.py"))["table"]()
    pd.testing.assert_frame_equal(
        made[["service", "duration_ms"]], same_average[["service", "duration_ms"]]
    )
    assert made["start"].eq(same_average["start"]).all()


def test_the_sampling_rule_is_one_that_aws_would_take():
    from botocore.session import get_session
    from botocore.validate import ParamValidator

    document = json.loads((DATA / "sampling_rule.json").read_text(encoding="utf-8"))
    model = get_session().get_service_model("xray")
    shape = model.operation_model("CreateSamplingRule").input_shape
    assert not ParamValidator().validate(document, shape).has_errors()
    assert document["SamplingRule"]["Priority"] < 10_000


FACTS = {
    "honeycomb_facts.json": ("honeycomb.io",),
    "aws_facts.json": ("aws.amazon.com", "aws-otel.github.io"),
    # Rollbar has answered and listed itself at GitHub
    "rollbar_facts.json": ("rollbar.com", "github.com"),
}


def facts_of(file):
    """Name → fact of one vendor."""
    document = json.loads((DATA / file).read_text(encoding="utf-8"))
    return document["facts"]


def values_of(file):
    """Name → value of the facts of one vendor."""
    return {name: fact["value"] for name, fact in facts_of(file).items()}


@pytest.mark.parametrize("file", FACTS)
def test_every_fact_has_a_value_a_unit_its_vendors_page_and_a_day(file):
    for name, fact in facts_of(file).items():
        assert fact.keys() - {"note"} == KEYS, name
        assert fact["value"] not in (None, "", []), name
        assert fact["unit"] and fact["says"], name
        page = urlsplit(fact["source"])
        assert page.scheme == "https", name
        assert page.hostname.endswith(FACTS[file]), name
        assert date(2026, 1, 1) <= date.fromisoformat(fact["checked_on"]), name


def test_honeycombs_limits_are_those_of_the_code():
    facts, limits = values_of("honeycomb_facts.json"), RequestLimits()
    assert facts["event_bytes"] == limits.event_bytes
    assert facts["event_columns"] == limits.event_columns
    assert facts["query_window_steps"] == [list(step) for step in window.TRUNCATION]
    assert facts["query_reaches_back"] * DAY == window.MOST_SECONDS == WEEK_S
    assert facts["query_longest_window"] * DAY == window.MOST_SECONDS
    assert facts["query_results_per_minute"] == ratelimit.RESULTS_PER_MINUTE
    assert facts["requests_per_minute"] == ratelimit.PER_MINUTE
    assert facts["query_rows"] == MOST_ROWS
    assert facts["query_window_steps"] == [list(step) for step in windows.STEPS]


def test_the_limits_of_xray_and_of_logs_are_those_of_the_code():
    facts = values_of("aws_facts.json")
    assert facts["xray_segment_bytes"] == segment_documents.MAX_BYTES
    assert facts["xray_annotations"] == trace_summary.MAX_ANNOTATIONS
    assert facts["logs_oldest"] * DAY * 1000 == batch_limits.OLDEST_MS
    assert facts["logs_newest"] * HOUR * 1000 == batch_limits.NEWEST_MS
    assert facts["logs_batch_span"] * HOUR * 1000 == batch_limits.LONGEST_SPAN_MS
    assert facts["logs_batch_bytes"] == batch_limits.MAX_BATCH_BYTES
    assert facts["logs_event_bytes"] == batch_limits.MAX_EVENT_BYTES
    assert facts["logs_batch_events"] == batch_limits.MAX_EVENTS
    assert facts["insights_concurrent"] == queries.MAX_CONCURRENT


def test_the_limits_of_metrics_are_those_of_the_code():
    facts = values_of("aws_facts.json")
    assert facts["metrics_oldest"] * DAY == put_metric_data.OLDEST_S
    assert facts["metrics_newest"] * HOUR == put_metric_data.NEWEST_S
    assert facts["metrics_per_request"] == put_metric_data.MOST_DATA
    assert facts["metrics_values"] == put_metric_data.MOST_VALUES
    assert facts["metric_data_queries"] == metric_data_queries.MOST_QUERIES
    assert facts["metric_data_points"] == metric_data_queries.MOST_POINTS
    assert facts["metric_statistics_points"] == get_metric_statistics.MOST_POINTS


def test_rollbars_limits_are_those_of_the_code():
    facts = values_of("rollbar_facts.json")
    assert facts["calls_per_minute"] == Token("", frozenset()).calls
    assert facts["item_bytes"] == MAX_BODY
    for name, scope in (
        ("send", "POST_SERVER_ITEM"),
        ("read", "READ"),
        ("change", "WRITE"),
    ):
        assert facts[f"scope_to_{name}"] == TokenScope[scope].value


@pytest.mark.parametrize(
    "field", ["environment", "title", "code_version", "uuid"], ids=str
)
def test_a_text_of_an_item_may_be_as_long_as_rollbar_says_and_no_longer(field):
    longest = values_of("rollbar_facts.json")[f"{field}_characters"]
    item = {"environment": "e", "body": {"message": {"body": "b"}}}
    validate({**item, field: "x" * longest})
    with pytest.raises(RollbarError):
        validate({**item, field: "x" * (longest + 1)})


def test_checks_wait_as_long_as_the_vendors_say():
    aws = values_of("aws_facts.json")
    period_of_the_alarm = 60
    delays = {
        DataSource.HONEYCOMB: values_of("honeycomb_facts.json")["readable_after"],
        DataSource.XRAY: aws["xray_readable_after"],
        DataSource.METRICS: aws["metrics_readable_after"],
        DataSource.ALARMS: aws["metrics_readable_after"] + period_of_the_alarm,
    }
    assert delays == patience.DELAYS_S


def test_every_file_says_where_it_came_from():
    said = (DATA / "README.md").read_text(encoding="utf-8")
    files = {path.name for path in DATA.iterdir() if path.is_file()} - {"README.md"}
    assert {name for name in files if f"`{name}`" not in said} == set()


def test_a_day_of_the_past_may_be_as_old_as_the_vendors_say():
    aws, honeycomb = values_of("aws_facts.json"), values_of("honeycomb_facts.json")
    assert HoneycombSpans.reach_days == honeycomb["query_reaches_back"]
    assert CloudWatchLogLines.reach_days == aws["logs_oldest"]
    assert XRaySegments.reach_days == aws["xray_retention"]
    assert CloudWatchMetrics.reach_days == aws["metrics_oldest"]


@pytest.mark.parametrize("file", ["README.md", ".env.example"])
def test_what_reading_back_takes_is_said_before_a_key_is_set(file):
    facts = values_of("honeycomb_facts.json")
    lines = (DATA.parent / file).read_text(encoding="utf-8").splitlines()
    text = " ".join(line.removeprefix("# ") for line in lines)
    for words in (
        facts["plan_to_query"],
        f"reach back {facts['query_reaches_back']} days",
        "whole minutes",
        *values_of("rollbar_facts.json")["plans_to_query"],
    ):
        assert words in text


@pytest.mark.parametrize("page", ["00", "02"])
def test_what_reading_back_takes_is_said_where_a_page_goes_real(page):
    facts = values_of("honeycomb_facts.json")
    (path,) = (DATA.parent / "notebooks").glob(f"{page}_*.ipynb")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    prose = ["".join(each["source"]) for each in cells if each["cell_type"] != "code"]
    text = " ".join("\n".join(prose).replace("*", "").replace("> ", "").split())
    for words in (
        f"{facts['plan_to_query']} plan",
        f"back {facts['query_reaches_back']} days",
        "down to whole minutes",
        "LAB_HONEYCOMB=real",
        "confirm=True",
    ):
        assert words in text
