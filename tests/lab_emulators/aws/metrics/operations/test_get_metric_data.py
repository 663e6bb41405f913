"""GetMetricData: queries, order, pages, labels."""

import pytest

METRIC = {"Namespace": "lake", "MetricName": "birds"}


def stat(name="m1", statistic="Sum", period=60, **more):
    asked = {"Metric": METRIC, "Period": period, "Stat": statistic}
    return {"Id": name, "MetricStat": asked, **more}


@pytest.fixture
def ask(metrics, minute):
    """The whole answer for queries over ten minutes."""

    def data(*queries, **more):
        times = {"StartTime": minute, "EndTime": minute + 600}
        given = {"MetricDataQueries": list(queries), **times, **more}
        return metrics.call("GetMetricData", given)

    return data


@pytest.fixture
def counted(put, minute):
    """1, 2, 3, 4 birds in the first four minutes."""
    for n in range(4):
        put(minute + 60 * n, n + 1)


def series(answer, minute):
    (found,) = answer["MetricDataResults"]
    times = [int(t.timestamp()) - minute for t in found["Timestamps"]]
    return dict(zip(times, found["Values"], strict=True))


@pytest.mark.usefixtures("counted")
def test_the_latest_comes_first_unless_asked_otherwise(ask, minute):
    assert list(series(ask(stat()), minute).items()) == [
        (180, 4),
        (120, 3),
        (60, 2),
        (0, 1),
    ]
    (found,) = ask(stat(), ScanBy="TimestampAscending")["MetricDataResults"]
    assert found["Values"] == [1, 2, 3, 4]
    assert (found["Label"], found["StatusCode"]) == ("birds", "Complete")


@pytest.mark.usefixtures("counted")
def test_periods_begin_with_the_start_rounded_down(ask, minute):
    answer = ask(stat(period=120), StartTime=minute + 61)
    assert series(answer, minute) == {180: 4, 60: 5}


@pytest.mark.usefixtures("counted")
def test_an_expression_reads_what_is_not_returned(ask, minute):
    hidden = stat(ReturnData=False)
    answer = ask(hidden, {"Id": "e1", "Expression": "m1 * 10"})
    assert series(answer, minute) == {0: 10, 60: 20, 120: 30, 180: 40}
    assert answer["MetricDataResults"][0]["Label"] == "e1"


@pytest.mark.usefixtures("counted")
def test_an_array_gives_a_result_for_each_of_its_series(ask):
    two = stat("m1", ReturnData=False), stat("m2", "Maximum", ReturnData=False)
    found = ask(*two, {"Id": "e1", "Expression": "METRICS() + 1"})["MetricDataResults"]
    assert [result["Id"] for result in found] == ["e1", "e1"]


@pytest.mark.usefixtures("counted")
def test_pages_hold_so_many_points_and_join_to_the_whole(ask):
    queries = [stat("m1"), stat("m2", "Maximum"), stat("m3", "p50")]
    whole = ask(*queries)["MetricDataResults"]
    seen, token, states = {}, None, []
    while True:
        page = ask(*queries, MaxDatapoints=5, NextToken=token)
        for result in page["MetricDataResults"]:
            seen.setdefault(result["Id"], []).extend(result["Values"])
            states.append((result["Id"], result["StatusCode"]))
        if (token := page.get("NextToken")) is None:
            break
    assert seen == {result["Id"]: result["Values"] for result in whole}
    assert [name for name, state in states if state == "PartialData"] == ["m2", "m3"]


def test_a_metric_without_data_is_an_empty_result(ask):
    (found,) = ask(stat())["MetricDataResults"]
    assert (found["Values"], found["StatusCode"]) == ([], "Complete")


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("plain", "plain"),
        ("${LABEL}: ${MAX} of ${SUM}", "birds: 4 of 10"),
        ("${PROP('Stat')} of ${PROP('Namespace')}", "Sum of lake"),
        ("${AVG} ${FIRST} ${LAST} ${DATAPOINT_COUNT}", "2.5 1 4 4"),
        ("${MAX_MIN_RANGE} ${FIRST_LAST_RANGE}", "3 3"),
        ("${PROP('Dim.place')}", "--"),
    ],
)
@pytest.mark.usefixtures("counted")
def test_labels_have_live_values(ask, label, expected):
    (found,) = ask(stat(Label=label))["MetricDataResults"]
    assert found["Label"] == expected


@pytest.mark.usefixtures("counted")
def test_a_live_value_that_is_not_known_is_refused_by_name(refused, minute):
    times = {"StartTime": minute, "EndTime": minute + 60}
    queries = [stat(Label="${LAST_TIME_RELATIVE}")]
    code, text = refused("GetMetricData", MetricDataQueries=queries, **times)
    assert (code, "${LAST_TIME_RELATIVE}" in text) == ("ValidationError", True)


E1 = {"Id": "e1", "Expression": "m1"}


@pytest.mark.parametrize(
    ("queries", "said"),
    [
        ([], "required"),
        ([stat(), stat()], "not unique"),
        ([stat("M1")], "lowercase"),
        ([stat(ReturnData=False)], "ReturnData"),
        ([{"Id": "e1"}], "either MetricStat or Expression"),
        ([stat() | {"Expression": "m1"}], "either MetricStat or Expression"),
        ([{"Id": "e1", "Expression": "m1 +"}], "ends too early"),
        ([{"Id": "e1", "Expression": "m9"}], "unknown id 'm9'"),
        ([{"Id": "e1", "Expression": "e1 + 1"}], "refers to itself"),
        ([{"Id": "e1", "Expression": "1 + 1"}], "must be TS"),
        ([{"Id": "e1", "Expression": "SEARCH('x')"}], "not emulated locally: SEARCH"),
        ([{"Id": "e1", "Expression": "SELECT AVG(x) FROM y"}], "not emulated locally"),
    ],
)
def test_queries_that_cannot_be_answered_are_refused(refused, minute, queries, said):
    times = {"StartTime": minute, "EndTime": minute + 60}
    code, text = refused("GetMetricData", MetricDataQueries=queries, **times)
    assert (code, said in text) == ("ValidationError", True), text


@pytest.mark.parametrize(
    "more",
    [
        {"EndTime": 1_699_000_000},
        {"ScanBy": "Sideways"},
        {"MaxDatapoints": 100_801},
        {"LabelOptions": {"Timezone": "+0130"}},
    ],
)
def test_options_there_are_not_are_refused(refused, minute, more):
    times = {"StartTime": minute, "EndTime": minute + 60}
    given = {"MetricDataQueries": [stat()]} | times | more
    assert refused("GetMetricData", **given)[0] == "ValidationError"
