"""Service graphs: the documented rules, and an obvious slow reference."""

import json
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab_emulators.aws.xray.engine import XRay
from lab_emulators.aws.xray.operations.service_graphs import PAGE
from lab_emulators.store import Store

HOUR = {"StartTime": 0, "EndTime": 3600}
TRACE = "1-65600000-0123456789abcdef01234567"


@pytest.fixture
def graph(xray):
    """The services of the first hour by (name, type)."""

    def ask(operation="GetServiceGraph", **asked):
        asked = asked if operation == "GetTraceGraph" else HOUR | asked
        services = xray.call(operation, asked)["Services"]
        return {(s["Name"], s.get("Type", "")): s for s in services}

    return ask


@pytest.fixture
def call(document):
    """A segment `api` of one second, with one remote call of a tenth from 100.2."""

    def build(name="feed.local", **members):
        inner = document(
            name=name, namespace="remote", start_time=100.2, end_time=100.3
        )
        del inner["trace_id"]
        return document(subsegments=[inner | members])

    return build


def edge_between(services, source, target):
    """The edge, both ends given as (name, type); None if there is none."""
    number = services[target]["ReferenceId"]
    edges = services[source]["Edges"]
    return next((edge for edge in edges if edge["ReferenceId"] == number), None)


def counts(statistics):
    """(ok, other errors, throttles, faults) after checking the totals."""
    errors, faults = statistics["ErrorStatistics"], statistics["FaultStatistics"]
    found = (
        statistics["OkCount"],
        errors["OtherCount"],
        errors["ThrottleCount"],
        faults["OtherCount"],
    )
    assert errors["TotalCount"] == found[1] + found[2]
    assert faults["TotalCount"] == found[3]
    assert statistics["TotalCount"] == sum(found)
    return found


def test_an_entry_has_a_client_that_calls_it_and_counts_nothing(put, graph, document):
    put(document())
    services = graph()
    client = services["api", "client"]
    assert services["api", ""]["Root"] is True
    assert (client["State"], services["api", ""]["State"]) == ("unknown", "active")
    assert not {"Root", "SummaryStatistics", "ResponseTimeHistogram"} & client.keys()
    edge = edge_between(services, ("api", "client"), ("api", ""))
    assert counts(edge["SummaryStatistics"]) == (1, 0, 0, 0)


def test_what_never_reported_is_inferred_from_the_call(put, graph, call):
    put(call())
    services = graph()
    inferred = services["feed.local", "remote"]
    assert inferred["State"] == "unknown"
    assert "Root" not in inferred
    assert counts(inferred["SummaryStatistics"]) == (1, 0, 0, 0)
    assert edge_between(services, ("api", ""), ("feed.local", "remote"))


def test_the_callees_own_node_replaces_the_inferred_one(put, graph, call, document):
    caller = call(fault=True)
    inner = caller["subsegments"][0]["id"]
    put(caller, document(name="feed", parent_id=inner, end_time=100.05))
    services = graph()
    edge = edge_between(services, ("api", ""), ("feed", ""))
    assert ("feed.local", "remote") not in services
    assert counts(services["feed", ""]["SummaryStatistics"]) == (1, 0, 0, 0)
    assert counts(edge["SummaryStatistics"]) == (0, 0, 0, 1)
    assert edge["ResponseTimeHistogram"] == [{"Value": 0.1, "Count": 1}]
    assert services["feed", ""]["ResponseTimeHistogram"] == [
        {"Value": 0.05, "Count": 1}
    ]


def test_the_name_the_caller_used_is_an_alias(put, graph, call, document):
    for name in ("127.0.0.1", "feed", "localhost"):
        caller = call(name)
        put(caller, document(name="feed", parent_id=caller["subsegments"][0]["id"]))
    services = graph()
    edge = edge_between(services, ("api", ""), ("feed", ""))
    assert edge["SummaryStatistics"]["TotalCount"] == 3
    assert [alias["Name"] for alias in edge["Aliases"]] == ["127.0.0.1", "localhost"]


def test_two_answers_to_one_call_are_one_call(put, graph, call, document):
    caller = call()
    inner = caller["subsegments"][0]["id"]
    put(caller, *(document(name="feed", parent_id=inner) for _ in range(2)))
    services = graph()
    edge = edge_between(services, ("api", ""), ("feed", ""))
    assert services["feed", ""]["SummaryStatistics"]["TotalCount"] == 2
    assert edge["SummaryStatistics"]["TotalCount"] == 1


def test_nodes_of_one_name_are_told_apart_by_type(put, graph, document):
    put(document(), document(origin="AWS::EC2::Instance"))
    assert {("api", ""), ("api", "AWS::EC2::Instance")} <= graph().keys()


def test_a_table_is_the_node_of_a_call_of_dynamodb(put, graph, call):
    aws = {"operation": "GetItem", "table_name": "calls"}
    put(call("DynamoDB", namespace="aws", aws=aws))
    assert ("calls", "AWS::DynamoDB::Table") in graph()


@pytest.mark.parametrize(
    ("flags", "wanted"),
    [
        ({}, (1, 0, 0, 0)),
        ({"error": True}, (0, 1, 0, 0)),
        ({"error": True, "throttle": True}, (0, 0, 1, 0)),
        ({"fault": True, "error": True}, (0, 0, 0, 1)),
        ({"fault": False, "error": False}, (1, 0, 0, 0)),
    ],
)
def test_each_request_counts_once_by_its_outcome(put, graph, document, flags, wanted):
    put(document(**flags))
    assert counts(graph()["api", ""]["SummaryStatistics"]) == wanted


def test_what_is_in_progress_is_drawn_but_not_counted(put, graph, document):
    pending = document(in_progress=True)
    del pending["end_time"]
    put(pending)
    service = graph()["api", ""]
    assert counts(service["SummaryStatistics"]) == (0, 0, 0, 0)
    assert service["ResponseTimeHistogram"] == []
    put(pending | {"end_time": 102.0, "in_progress": False, "fault": True})
    assert counts(graph()["api", ""]["SummaryStatistics"]) == (0, 0, 0, 1)


def test_the_histogram_has_an_entry_for_each_millisecond(put, graph, document):
    ends = (100.0042, 100.0044, 100.0046, 103.0)
    put(*(document(end_time=end) for end in ends))
    service = graph()["api", ""]
    assert service["ResponseTimeHistogram"] == [
        {"Value": 0.004, "Count": 2},
        {"Value": 0.005, "Count": 1},
        {"Value": 3.0, "Count": 1},
    ]
    assert service["DurationHistogram"] == service["ResponseTimeHistogram"]
    total = service["SummaryStatistics"]["TotalResponseTime"]
    assert total == pytest.approx(3.0132)


def test_a_lost_subsegment_is_no_service(put, graph, document):
    put(document(type="subsegment", parent_id="f" * 16, name="work"), document())
    assert graph().keys() == {("api", ""), ("api", "client")}


def test_a_request_counts_in_the_window_in_which_it_began(put, graph, document):
    put(document(start_time=60.0, end_time=600.0))
    assert graph(StartTime=60, EndTime=61)
    assert graph(StartTime=0, EndTime=60) == {}
    assert graph(StartTime=61, EndTime=3600) == {}


def test_the_part_of_a_trace_within_the_window_is_what_counts(put, graph, call):
    put(call())
    services = graph(StartTime=100, EndTime=100.1)
    assert services.keys() == {("api", ""), ("api", "client")}
    later = graph(StartTime=100.1, EndTime=101)
    assert counts(later["api", ""]["SummaryStatistics"]) == (0, 0, 0, 0)
    assert edge_between(later, ("api", ""), ("feed.local", "remote"))


def test_a_group_filters_the_graph(put, graph, xray, document):
    xray.call("CreateGroup", {"GroupName": "bad", "FilterExpression": "fault"})
    put(document(name="ok"), document(name="bad", fault=True, trace_id=OTHER))
    arn = xray.call("GetGroup", {"GroupName": "bad"})["Group"]["GroupARN"]
    assert graph(GroupName="bad").keys() == {("bad", ""), ("bad", "client")}
    assert graph(GroupARN=arn) == graph(GroupName="bad")


def test_a_group_is_of_traces_that_come_after_it(put, graph, xray, document, clock):
    put(document(name="before", fault=True))
    clock.now += 1
    xray.call("CreateGroup", {"GroupName": "bad", "FilterExpression": "fault"})
    assert graph(GroupName="bad") == {}
    put(document(name="after", fault=True, trace_id=OTHER))
    assert graph(GroupName="bad").keys() == {("after", ""), ("after", "client")}


def test_a_changed_group_keeps_the_traces_it_had(put, graph, xray, document, clock):
    xray.call("CreateGroup", {"GroupName": "bad", "FilterExpression": "fault"})
    put(document(name="bad", fault=True), document(name="ok", trace_id=OTHER))
    clock.now += 1
    window = HOUR | {"GroupName": "bad"}
    assert not xray.call("GetServiceGraph", window)["ContainsOldGroupVersions"]
    xray.call("UpdateGroup", {"GroupName": "bad", "FilterExpression": "ok"})
    assert graph(GroupName="bad").keys() == {("bad", ""), ("bad", "client")}
    assert xray.call("GetServiceGraph", window)["ContainsOldGroupVersions"]


OTHER = "1-65600001-0123456789abcdef01234567"


def test_a_trace_graph_is_of_the_traces_named(put, graph, document):
    put(document(), document(name="other", trace_id=OTHER))
    named = graph("GetTraceGraph", TraceIds=[OTHER])
    both = graph("GetTraceGraph", TraceIds=[OTHER, TRACE, OTHER])
    assert named.keys() == {("other", ""), ("other", "client")}
    assert counts(both["other", ""]["SummaryStatistics"]) == (1, 0, 0, 0)
    assert both == graph()


def test_unknown_traces_have_an_empty_graph(graph):
    assert graph("GetTraceGraph", TraceIds=[OTHER]) == {}
    assert graph() == {}


def test_pages_of_a_graph_refer_to_each_other(put, xray, document):
    put(*(document(name=f"service {number:03}") for number in range(PAGE)))
    first = xray.call("GetServiceGraph", HOUR)
    second = xray.call("GetServiceGraph", HOUR | {"NextToken": first["NextToken"]})
    services = first["Services"] + second["Services"]
    assert (len(first["Services"]), len(services)) == (PAGE, 2 * PAGE)
    assert [s["ReferenceId"] for s in services] == list(range(2 * PAGE))
    assert "NextToken" not in second


@pytest.mark.parametrize(
    ("operation", "asked", "word"),
    [
        ("GetServiceGraph", {"StartTime": 5, "EndTime": 5}, "later"),
        ("GetServiceGraph", {"StartTime": 0, "EndTime": 10**6}, "longer"),
        ("GetServiceGraph", {"StartTime": 0}, "endTime"),
        ("GetServiceGraph", HOUR | {"GroupName": "nobody"}, "Group not found"),
        ("GetServiceGraph", HOUR | {"GroupName": "a", "GroupARN": "b"}, "not both"),
        ("GetServiceGraph", HOUR | {"NextToken": "mine"}, "NextToken"),
        ("GetTraceGraph", {"TraceIds": []}, "1 to 5"),
        ("GetTraceGraph", {"TraceIds": [TRACE] * 6}, "1 to 5"),
        ("GetTraceGraph", {"TraceIds": ["1-2-3"]}, "trace id"),
    ],
)
def test_what_cannot_be_asked_is_refused(xray, refusal, operation, asked, word):
    error = refusal(lambda given: xray.call(operation, given), **asked)
    assert error.code == "InvalidRequestException"
    assert word in error.message


NAMES = st.sampled_from(["api", "feed", "messages", "10.0.0.1"])
TIMES = st.integers(0, 200).map(lambda tenth: 100 + tenth / 10)
LENGTHS = st.sampled_from([None, 0.0, 0.0004, 0.0006, 0.25, 1.5, 30.0])
FLAGS = st.fixed_dictionaries(
    {}, optional={name: st.booleans() for name in ("error", "fault", "throttle")}
)
calls = st.tuples(
    NAMES, st.sampled_from(["remote", "aws", "local"]), TIMES, LENGTHS, FLAGS
)
segments = st.tuples(
    NAMES,
    st.sampled_from(["", "AWS::EC2::Instance"]),
    TIMES,
    LENGTHS,
    FLAGS,
    st.lists(calls, max_size=3),
    st.integers(0, 30),  # which earlier call it answers, if there is one
)
traces = st.lists(st.lists(segments, min_size=1, max_size=5), min_size=1, max_size=4)
windows = st.tuples(st.integers(95, 125), st.integers(1, 30))


def timed(start, length):
    if length is None:
        return {"start_time": start, "in_progress": True}
    return {"start_time": start, "end_time": start + length}


def trace_documents(number, drawn):
    """Segments of one trace; each may answer a call of an earlier one."""
    trace_id = f"1-{number:08x}-{0:024x}"
    documents, open_calls = [], [None]
    for place, (name, origin, start, length, flags, inner, answers) in enumerate(drawn):
        parent = open_calls[answers % len(open_calls)]
        below = []
        for step, (callee, namespace, at, took, how) in enumerate(inner):
            identity = f"{number:04x}{place:04x}{step + 1:08x}"
            below.append(
                {"id": identity, "name": callee, "namespace": namespace}
                | timed(at, took)
                | how
            )
            open_calls.append(identity)
        document = {"id": f"{number:04x}{place:04x}{0:08x}", "name": name} | flags
        document |= {"trace_id": trace_id, "subsegments": below} | timed(start, length)
        document |= {"origin": origin} if origin else {}
        document |= {"parent_id": parent} if parent else {}
        open_calls.append(document["id"])
        documents.append(document)
    return documents


def outcome(entity):
    if entity.get("in_progress"):
        return None
    order = ("fault", "throttle", "error")
    return next((flag for flag in order if entity.get(flag)), "ok")


class Reference:
    """The rules one document at a time, with dictionaries and loops."""

    def __init__(self, documents, start, end):
        self.window = (start, end)
        self.nodes, self.edges = {}, {}
        by_trace = {}
        for document in documents:
            by_trace.setdefault(document["trace_id"], []).append(document)
        for trace in by_trace.values():
            self.add_trace(trace)

    def add_trace(self, trace):
        owner, entity = {}, {}
        for document in trace:
            for item in (document, *document["subsegments"]):
                owner[item["id"]], entity[item["id"]] = document, item
        for document in trace:
            node = (document["name"], document.get("origin", ""))
            self.observe(self.nodes, node, document)
            parent = document.get("parent_id")
            if parent is None:
                self.observe(self.edges, ((node[0], "client"), node), document)
                continue
            source = owner[parent]
            edge = ((source["name"], source.get("origin", "")), node)
            whole = source["id"] == parent
            if whole or not self.told(trace, document, node):
                self.observe(self.edges, edge, document if whole else entity[parent])
        answered = {document.get("parent_id") for document in trace}
        for document in trace:
            for item in document["subsegments"]:
                kind = {"remote": "remote", "aws": f"AWS::{item['name']}"}
                kind = kind.get(item["namespace"])
                if kind and item["id"] not in answered:
                    source = (document["name"], document.get("origin", ""))
                    self.observe(self.nodes, (item["name"], kind), item)
                    self.observe(self.edges, (source, (item["name"], kind)), item)

    def told(self, trace, document, node):
        """Whether the same call was answered before by the same service."""
        siblings = [
            other
            for other in trace
            if other.get("parent_id") == document["parent_id"]
            and (other["name"], other.get("origin", "")) == node
        ]
        return siblings[0] is not document

    def observe(self, where, key, entity):
        start, end = self.window
        if not start <= entity["start_time"] < end:
            return
        share = where.setdefault(key, {"counts": Counter(), "ms": Counter(), "s": 0.0})
        how = outcome(entity)
        if how is not None:
            took = entity["end_time"] - entity["start_time"]
            share["counts"][how] += 1
            share["ms"][round(took * 1000) / 1000] += 1
            share["s"] += took


def told_by(statistics, histogram):
    found = dict(
        zip(("ok", "error", "throttle", "fault"), counts(statistics), strict=True)
    )
    return (
        {how: count for how, count in found.items() if count},
        {entry["Value"]: entry["Count"] for entry in histogram},
        pytest.approx(statistics["TotalResponseTime"], abs=1e-5),
    )


def agree(services, reference):
    by_number = {s["ReferenceId"]: (s["Name"], s.get("Type", "")) for s in services}
    ends = {end for edge in reference.edges for end in edge}
    assert set(by_number.values()) == set(reference.nodes) | ends
    found_edges = set()
    for service in services:
        node = by_number[service["ReferenceId"]]
        if node in reference.nodes:
            share = reference.nodes[node]
            assert (share["counts"], share["ms"], share["s"]) == told_by(
                service["SummaryStatistics"], service["ResponseTimeHistogram"]
            )
        for edge in service["Edges"]:
            key = (node, by_number[edge["ReferenceId"]])
            found_edges.add(key)
            share = reference.edges[key]
            assert (share["counts"], share["ms"], share["s"]) == told_by(
                edge["SummaryStatistics"], edge["ResponseTimeHistogram"]
            )
    assert found_edges == set(reference.edges)


@settings(max_examples=2 * settings().max_examples)
@given(traces, st.lists(windows, min_size=1, max_size=2), st.integers(0, 3))
def test_a_graph_is_what_the_slow_reference_says(shared, drawn, asked, again):
    shared.reset()
    documents = [
        document
        for number, trace in enumerate(drawn)
        for document in trace_documents(number, trace)
    ]
    texts = [json.dumps(document) for document in documents]
    shared.call("PutTraceSegments", {"TraceSegmentDocuments": texts[::-1]})
    for start, length in asked:
        window = {"StartTime": start, "EndTime": start + length}
        services = shared.call("GetServiceGraph", window)["Services"]
        agree(services, Reference(documents, start, start + length))
    changed = documents[again % len(documents)] | timed(101.0, 2.0) | {"fault": True}
    changed["in_progress"] = False
    documents[again % len(documents)] = changed
    texts = [json.dumps(changed)]
    shared.call("PutTraceSegments", {"TraceSegmentDocuments": texts})
    services = shared.call("GetServiceGraph", HOUR)["Services"]
    agree(services, Reference(documents, 0, 3600))


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One engine for all examples; each begins by emptying it."""
    path = tmp_path_factory.mktemp("graph") / "segments.duckdb"
    with Store.open(path) as store:
        yield XRay(store)
