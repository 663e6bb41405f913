from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from lab_helpers.clients import (
    HoneycombClient,
    HoneycombError,
    HoneycombPlanError,
    HoneycombTimeoutError,
)

Results = Callable[..., dict[str, Any]]
SPEC = {
    "breakdowns": ["name", "plan"],
    "calculations": [{"op": "COUNT"}, {"op": "AVG", "column": "duration_ms"}],
}


def test_a_query_is_created_run_and_polled_until_complete(fake, client) -> None:
    fake.add_dataset("api")
    fake.pending = 3
    client.query("api", SPEC)
    calls = [f"{method} {path}" for method, path, _ in fake.asked]
    poll = "GET /1/query_results/api/HprJhV1fYyr"
    assert calls == ["POST /1/queries/api", "POST /1/query_results/api", *[poll] * 4]
    assert fake.bodies("POST /1/queries") == [SPEC]


def test_rows_come_with_the_columns_and_types_of_the_query(
    fake, client, results: Results
) -> None:
    fake.add_dataset("api")
    fake.data = results(
        {"AVG(duration_ms)": 20, "COUNT": 3, "name": "GET /", "plan": "free"},
        {"name": "POST /calls", "COUNT": 1, "AVG(duration_ms)": 70},
    )
    frame = client.query("api", SPEC)
    assert list(frame) == ["name", "plan", "COUNT", "AVG(duration_ms)"]
    assert frame["COUNT"].dtype == "int64"
    assert frame["AVG(duration_ms)"].dtype == "float64"
    assert frame["plan"].isna().tolist() == [False, True]


def test_the_frame_remembers_where_it_came_from(fake, client) -> None:
    fake.add_dataset("api")
    attrs = client.query("api", SPEC).attrs
    assert (attrs["dataset"], attrs["spec"]) == ("api", SPEC)
    assert (attrs["query_id"], attrs["result_id"]) == ("mabAMpSPDjH", "HprJhV1fYyr")
    assert attrs["query_url"] == "http://ui/result/HprJhV1fYyr"


def test_series_are_asked_for_only_when_wanted(fake, client) -> None:
    fake.add_dataset("api")
    client.query("api", {}, limit=5000)
    client.query("api", {}, series=True)
    first, second = fake.bodies("POST /1/query_results")
    assert (first["disable_series"], first["limit"]) == (True, 5000)
    assert second["disable_series"] is False
    assert "limit" not in second


def test_a_series_has_a_time_per_row(fake, client) -> None:
    fake.add_dataset("api")
    step = {"time": "2026-03-02T10:00:00Z", "data": {"COUNT": 2}}
    fake.data = {"results": [], "series": [step]}
    frame = client.query("api", {}, series=True)
    assert list(frame) == ["time", "COUNT"]
    assert frame["time"].dtype == "datetime64[ns, UTC]"
    assert frame["time"][0] == pd.Timestamp("2026-03-02T10:00Z")


@pytest.mark.parametrize("wrapped", ["wrapped", "plain"])
def test_totals_are_read_in_either_shape(fake, client, wrapped: str) -> None:
    fake.add_dataset("api")
    total = {"COUNT": 12}
    shape = {"data": total} if wrapped == "wrapped" else total
    fake.data = {"results": [], "series": [], "total_by_aggregate": shape}
    frame = client.query("api", {}, totals=True)
    assert frame.attrs["total"] == {"COUNT": 12}
    assert (
        fake.bodies("POST /1/query_results")[0]["disable_total_by_aggregate"] is False
    )


def test_a_dataset_that_is_not_there_is_answered_with_the_nearest(fake, client) -> None:
    fake.add_dataset("kittiwake-api")
    fake.add_dataset("messages")
    with pytest.raises(HoneycombError) as caught:
        client.query("kitiwake-api", {})
    assert caught.value.status == 404
    assert caught.value.call == "POST /1/queries/kitiwake-api"
    assert caught.value.message == "Dataset not found"
    assert "there is kittiwake-api." in str(caught.value)
    assert "messages" not in str(caught.value)


def test_without_any_dataset_the_advice_is_that_nothing_arrived(client) -> None:
    with pytest.raises(HoneycombError, match="no span has arrived with this key"):
        client.query("api", {})


def test_a_wrong_key_is_told_which_variable_to_check(fake) -> None:
    with (
        HoneycombClient("wrong", fake.url) as client,
        pytest.raises(HoneycombError, match="check HONEYCOMB_API_KEY") as caught,
    ):
        client.datasets()
    assert caught.value.message == "unknown API key - check your credentials"


def test_a_result_that_never_completes_ends_at_the_deadline(fake, clock) -> None:
    fake.add_dataset("api")
    fake.pending = 10_000
    with (
        HoneycombClient(
            "aConfigurationKey00000", fake.url, deadline_s=9, clock=clock
        ) as client,
        pytest.raises(HoneycombTimeoutError, match="not complete after 9 s"),
    ):
        client.query("api", {})
    assert sum(clock.slept) == pytest.approx(9)


def test_columns_are_listed_with_type_and_time(fake, client) -> None:
    fake.add_dataset("api", ("name", "string"), ("duration_ms", "float"))
    frame = client.columns("api")
    assert frame["name"].tolist() == ["name", "duration_ms"]
    assert frame["type"].tolist() == ["string", "float"]
    assert frame["last_written"].dtype == "datetime64[ns, UTC]"


def test_where_all_columns_cannot_be_listed_each_dataset_is_asked(fake, client) -> None:
    fake.add_dataset("api", ("name", "string"))
    fake.add_dataset("feed", ("name", "string"), ("items", "integer"))
    fake.refusals["GET /1/columns"] = [(404, {}, {"error": "dataset not found"})]
    assert client.columns()["name"].tolist() == ["name", "items"]


def test_datasets_without_data_have_no_time(fake, client) -> None:
    fake.add_dataset("api", ("name", "string"))
    fake.add_dataset("empty")
    frame = client.datasets()
    assert frame["slug"].tolist() == ["api", "empty"]
    assert frame["columns"].tolist() == [1, 0]
    assert frame["last_written_at"].isna().tolist() == [False, True]


def test_no_datasets_are_an_empty_frame(client) -> None:
    frame = client.datasets()
    assert len(frame) == 0
    assert frame["created_at"].dtype == "datetime64[ns, UTC]"


def test_a_name_with_a_space_is_one_segment_of_the_path(fake, client) -> None:
    fake.columns["My%20Data"] = []
    client.query("My Data", {})
    assert fake.asked[0][1] == "/1/queries/My%20Data"


def test_waiting_ends_when_the_rows_are_as_wanted(
    fake, client, clock, results: Results
) -> None:
    fake.add_dataset("api")
    fake.data = results({"COUNT": 0})

    def arrive(seconds: float) -> None:
        clock.now += seconds
        fake.data = results({"COUNT": 5})

    clock.sleep = arrive
    assert client.wait_for("api", {})["COUNT"].tolist() == [5]


def test_waiting_takes_a_missing_dataset_and_column_as_not_yet(
    fake, client, results: Results
) -> None:
    fake.add_dataset("api")
    fake.data = results({"COUNT": 1})
    fake.refusals["POST /1/queries"] = [
        (404, {}, {"error": "Dataset not found"}),
        (400, {}, {"error": "unknown column: x"}),
    ]
    assert len(client.wait_for("api", {})) == 1


def test_waiting_in_vain_ends_with_what_was_last_seen(
    fake, client, clock, results: Results
) -> None:
    fake.add_dataset("api")
    fake.data = results({"COUNT": 3})
    with pytest.raises(HoneycombTimeoutError, match="after 7 s still 1 rows"):
        client.wait_for("api", {}, until=lambda rows: len(rows) > 1, timeout_s=7)
    assert sum(clock.slept) == pytest.approx(7)


def test_waiting_never_outlasts_its_own_time(fake, client, clock) -> None:
    fake.add_dataset("api")
    fake.pending = 10_000
    with pytest.raises(HoneycombTimeoutError):
        client.wait_for("api", {}, timeout_s=6)
    assert sum(clock.slept) <= 6.01


def test_waiting_does_not_hide_a_refusal_that_will_not_pass(fake, client) -> None:
    fake.add_dataset("api")
    fake.refusals["POST /1/queries"] = [(400, {}, {"error": "invalid Query data"})]
    with pytest.raises(HoneycombError, match="invalid Query data"):
        client.wait_for("api", {})


def test_key_and_endpoint_come_from_the_settings(fake, monkeypatch) -> None:
    monkeypatch.setenv("HONEYCOMB_API_KEY", "localLabKey00000000000")
    monkeypatch.setenv("HONEYCOMB_API_ENDPOINT", fake.url)
    monkeypatch.setenv("LAB_EXPORTED", f'{{"HONEYCOMB_API_ENDPOINT": "{fake.url}"}}')
    with HoneycombClient() as client:
        assert repr(client) == f"Honeycomb client for {fake.url}"


@pytest.fixture
def real(monkeypatch) -> None:
    """The fake stands for the real service, which is on no loopback address."""
    monkeypatch.setattr("lab_helpers.clients.honeycomb.api.LOOPBACK", ())


REFUSED = {"error": "not available"}


@pytest.mark.parametrize(
    "operation, status",
    [
        ("POST /1/query_results", 401),
        ("POST /1/query_results", 402),
        ("POST /1/query_results", 403),
        ("POST /1/query_results", 404),
        ("POST /1/queries", 402),
        ("POST /1/queries", 403),
        ("POST /1/queries", 404),
    ],
)
def test_a_query_that_the_plan_forbids_is_explained_with_the_way_around(
    real, fake, client, operation: str, status: int
) -> None:
    fake.add_dataset("api")
    fake.refusals = {operation: [(status, {}, REFUSED)]}
    with pytest.raises(HoneycombPlanError, match="Enterprise plan") as caught:
        client.query("api", {})
    assert caught.value.message == "not available"
    assert "LAB_HONEYCOMB=forwarded" in caught.value.advice
    assert ("Run Queries" in caught.value.advice) == (status == 403)


@pytest.mark.parametrize(
    "operation, kind",
    [("queries", HoneycombError), ("query_results", HoneycombPlanError)],
)
def test_only_a_query_of_all_datasets_that_was_accepted_fails_by_the_plan(
    real, fake, client, operation: str, kind: type[Exception]
) -> None:
    fake.refusals = {f"POST /1/{operation}": [(404, {}, REFUSED)]}
    with pytest.raises(HoneycombError) as caught:
        client.query("__all__", {})
    assert type(caught.value) is kind


def test_nobody_waits_for_data_that_the_plan_hides(real, fake, client, clock) -> None:
    fake.add_dataset("api")
    fake.refusals = {"POST /1/query_results": [(404, {}, REFUSED)]}
    with pytest.raises(HoneycombPlanError):
        client.wait_for("api", {}, timeout_s=60)
    assert clock.slept == []


def test_a_wrong_name_or_key_is_no_matter_of_the_plan(real, fake, client) -> None:
    fake.add_dataset("api")
    with pytest.raises(HoneycombError, match="there is api") as caught:
        client.query("apy", {})
    assert not isinstance(caught.value, HoneycombPlanError)
    fake.refusals = {"POST /1/queries": [(401, {}, REFUSED)]}
    with pytest.raises(HoneycombError, match="check HONEYCOMB_API_KEY") as caught:
        client.query("api", {})
    assert not isinstance(caught.value, HoneycombPlanError)


def test_the_lab_knows_no_plan(fake, client) -> None:
    fake.add_dataset("api")
    fake.refusals = {"POST /1/query_results": [(403, {}, REFUSED)]}
    with pytest.raises(HoneycombError, match="Run Queries") as caught:
        client.query("api", {})
    assert "Enterprise" not in str(caught.value)
