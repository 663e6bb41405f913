"""The files in data/ are what their origin says they are."""

import json
import runpy
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

DATA = Path(__file__).resolve().parents[1] / "data"


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


def test_every_fact_has_a_source_and_the_day_it_was_checked():
    document = json.loads((DATA / "xray_facts.json").read_text(encoding="utf-8"))
    for fact in document["facts"]:
        assert fact["source"]
        assert date.fromisoformat(fact["since"]) <= date.fromisoformat(
            fact["checked_on"]
        )


def test_every_file_says_where_it_came_from():
    said = (DATA / "README.md").read_text(encoding="utf-8")
    files = {path.name for path in DATA.iterdir() if path.is_file()} - {"README.md"}
    assert {name for name in files if f"`{name}`" not in said} == set()
