"""A service's or an edge's numbers over time."""

import pytest

DAY = {"StartTime": 0, "EndTime": 86_400}
SELECT = "EntitySelectorExpression"


@pytest.fixture
def series(xray):
    """The points of a day as (timestamp, statistics, histogram)."""

    def ask(member="ServiceSummaryStatistics", **asked):
        answer = xray.call("GetTimeSeriesServiceStatistics", DAY | asked)
        return [
            (point["Timestamp"], point[member], point["ResponseTimeHistogram"])
            for point in answer["TimeSeriesServiceStatistics"]
        ]

    return ask


@pytest.fixture
def system(put, document):
    """`api` calls `feed` at seconds 30, 59 and 60; the last call fails at `feed`."""
    for start in (30, 59, 60):
        call = {"id": f"{start:016}", "name": "feed", "namespace": "remote"}
        call |= {"start_time": start + 0.1, "end_time": start + 0.5}
        failed = start == 60
        put(
            document(start_time=start, end_time=start + 1, subsegments=[call]),
            document(
                name="feed",
                parent_id=call["id"],
                start_time=start + 0.2,
                end_time=start + 0.4,
                fault=failed,
            ),
        )


def totals(points):
    return [(when, found["TotalCount"]) for when, found, _ in points]


@pytest.mark.usefixtures("system")
def test_a_services_requests_are_counted_by_the_minute_they_began(series):
    points = series(**{SELECT: 'service("feed")'})
    assert totals(points) == [(0.0, 2), (60.0, 1)]
    assert points[1][1]["FaultStatistics"]["TotalCount"] == 1
    assert points[0][2] == [{"Value": 0.2, "Count": 2}]


@pytest.mark.usefixtures("system")
def test_a_longer_period_takes_more_together(series):
    points = series(Period=300, **{SELECT: 'service("feed")'})
    assert totals(points) == [(0.0, 3)]


@pytest.mark.usefixtures("system")
def test_an_edge_is_timed_by_the_caller(series):
    points = series("EdgeSummaryStatistics", **{SELECT: 'edge("api", "feed")'})
    assert totals(points) == [(0.0, 2), (60.0, 1)]
    assert points[1][1]["FaultStatistics"]["TotalCount"] == 0
    assert points[0][2] == [{"Value": 0.4, "Count": 2}]


@pytest.mark.usefixtures("system")
def test_without_a_selector_each_request_into_the_system_counts_once(series):
    points = series("EdgeSummaryStatistics")
    assert totals(points) == [(0.0, 2), (60.0, 1)]
    assert points[0][2] == [{"Value": 1.0, "Count": 2}]


@pytest.mark.usefixtures("system")
@pytest.mark.parametrize(
    ("selector", "count"),
    [
        ('service(id(name: "feed"))', 3),
        ('service(id(name: "feed", account.id: "123456789012"))', 3),
        ('service(id(name: "feed", account.id: "999999999999"))', 0),
        ('service(id(name: "feed", type: "AWS::EC2::Instance"))', 0),
        ('service("nobody")', 0),
        ("service()", 6),
    ],
)
def test_a_selector_is_followed_in_every_part(series, selector, count):
    assert sum(found for _, found in totals(series(**{SELECT: selector}))) == count


@pytest.mark.usefixtures("system")
def test_a_group_filters_the_series(series, xray):
    expression = 'service("feed") { fault }'
    xray.call("CreateGroup", {"GroupName": "bad", "FilterExpression": expression})
    asked = {SELECT: 'service("feed")', "GroupName": "bad"}
    assert totals(series(**asked)) == [(0.0, 2), (60.0, 1)]
    xray.call("UpdateGroup", {"GroupName": "bad", "FilterExpression": "error"})
    assert series(**asked) == []


@pytest.mark.parametrize(
    ("asked", "word"),
    [
        ({"Period": 61}, "60 or 300"),
        ({"ForecastStatistics": True}, "not emulated locally"),
        ({SELECT: "fault"}, "service(...) or edge(...)"),
        ({SELECT: 'service("a") { fault }'}, "service(...) or edge(...)"),
        ({SELECT: "service("}, "position"),
        ({"GroupName": "nobody"}, "Group not found"),
        ({"EndTime": 10**6}, "longer"),
    ],
)
def test_what_cannot_be_asked_is_refused(xray, refusal, asked, word):
    operation = "GetTimeSeriesServiceStatistics"
    error = refusal(lambda given: xray.call(operation, given), **(DAY | asked))
    assert error.code == "InvalidRequestException"
    assert word in error.message


def test_a_long_series_comes_in_pages(put, xray, document):
    put(*(document(start_time=60 * n, end_time=60 * n + 1) for n in range(150)))
    asked, found = dict(DAY), []
    for _ in range(2):
        page = xray.call("GetTimeSeriesServiceStatistics", asked)
        found += [p["Timestamp"] for p in page["TimeSeriesServiceStatistics"]]
        asked["NextToken"] = page.get("NextToken")
    assert found == [60.0 * n for n in range(150)]
    assert asked["NextToken"] is None
