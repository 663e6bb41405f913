"""Which document a span becomes, and what it keeps of the span."""

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from lab_emulators.aws.xray.otlp import OtlpError


def test_ids_and_times_are_spelled_as_x_ray_does(one, below):
    document = one(**below)
    assert document["trace_id"] == "1-5759e988-bd862e3fe1be46a994272793"
    assert (document["id"], document["parent_id"]) == (
        "53995c3f42cd8ad8",
        "defdfd9912dc5a56",
    )
    assert document["end_time"] - document["start_time"] == 0.25


@pytest.mark.parametrize("kind", ["INTERNAL", "CLIENT", "PRODUCER", "CONSUMER"])
def test_a_span_below_another_is_a_subsegment(one, below, kind):
    assert one(kind=kind, **below)["type"] == "subsegment"
    assert "type" not in one(kind=kind)


def test_a_server_span_is_a_segment_even_below_another(one, below):
    assert "type" not in one(kind="SERVER", **below)


@pytest.mark.parametrize(
    ("kind", "attributes", "namespace"),
    [
        ("CLIENT", {}, "remote"),
        ("CLIENT", {"rpc.system": "aws-api"}, "aws"),
        ("CLIENT", {"aws.service": "S3"}, "aws"),
        ("PRODUCER", {"aws.remote.service": "q"}, "remote"),
        ("PRODUCER", {}, None),
        ("INTERNAL", {}, None),
        ("SERVER", {}, None),
    ],
)
def test_the_kind_gives_the_namespace(one, below, kind, attributes, namespace):
    assert one(attributes, kind=kind, **below).get("namespace") == namespace


@pytest.mark.parametrize(
    ("kind", "attributes", "name"),
    [
        ("SERVER", {}, "api"),
        ("SERVER", {"peer.service": "p"}, "p"),
        ("SERVER", {"aws.local.service": "local", "peer.service": "p"}, "local"),
        ("INTERNAL", {}, "work (7)"),
        ("CLIENT", {"aws.remote.service": "r", "peer.service": "p"}, "r"),
        ("CLIENT", {"rpc.system": "aws-api", "rpc.service": "S3"}, "S3"),
        ("CLIENT", {"aws.service": "DynamoDB"}, "DynamoDB"),
        ("CLIENT", {"db.name": "calls"}, "calls"),
        (
            "CLIENT",
            {"db.name": "d", "db.connection_string": "jdbc:mysql://h.x:3306"},
            "d@h.x",
        ),
        ("CLIENT", {"db.namespace": "d", "server.address": "h.x"}, "d@h.x"),
        ("CLIENT", {"http.host": "h:80", "net.peer.name": "n"}, "h:80"),
        ("CLIENT", {"net.peer.name": "n", "server.address": "s"}, "n"),
        ("CLIENT", {"server.address": "s", "url.full": "http://u/"}, "s"),
        ("CLIENT", {"url.full": "http://user@u.x:81/p"}, "u.x"),
        ("CLIENT", {"url.full": "http://[broken"}, "work (7)"),
    ],
)
def test_a_segment_is_named_by_the_service_where_one_is_known(
    one, kind, attributes, name
):
    document = one(
        attributes, kind=kind, name="work (7)", resource={"service.name": "api"}
    )
    assert document["name"] == name.replace("(", "").replace(")", "")


@pytest.mark.parametrize(
    ("given", "name"), [("«»", "span"), ("x" * 300, "x" * 200), ("naïve é", "naïve é")]
)
def test_a_name_keeps_only_what_x_ray_allows(one, given, name):
    assert one(kind="INTERNAL", name=given)["name"] == name


@pytest.mark.parametrize(
    ("attributes", "outcome"),
    [
        ({"http.status_code": 404}, {"error"}),
        ({"http.response.status_code": 429}, {"error", "throttle"}),
        ({"http.response.status_code": 503}, {"fault"}),
        ({"http.status_code": 200}, {"fault"}),
        ({"http.status_code": "404"}, {"error"}),
        ({}, {"fault"}),
    ],
)
def test_the_http_status_decides_before_the_spans_own(one, attributes, outcome, failed):
    document = one(attributes, status=failed)
    assert {"error", "fault", "throttle"} & document.keys() == outcome


def test_a_span_that_went_well_has_no_outcome_and_no_cause(one):
    document = one({"http.status_code": 200})
    assert not {"error", "fault", "throttle", "cause"} & document.keys()


def test_a_failed_span_without_exceptions_has_its_description_as_cause(one, failed):
    (exception,) = one(status=failed)["cause"]["exceptions"]
    assert exception["message"] == "it broke"
    assert len(exception["id"]) == 16


def test_a_failed_span_without_a_word_has_no_cause(one):
    assert "cause" not in one(status=Status(code=Status.STATUS_CODE_ERROR))


def test_an_exception_below_a_call_is_remote(one):
    events = [("exception", {"exception.type": "Timeout"}), ("other", {})]
    (called,) = one(kind="CLIENT", events=events)["cause"]["exceptions"]
    (own,) = one(kind="SERVER", events=events)["cause"]["exceptions"]
    assert called["remote"] is True
    assert "remote" not in own


def test_attributes_are_metadata_unless_they_are_indexed(one):
    attributes = {"plan": "gold", "items": 3, "page": [1, 2], "none": None}
    document = one(attributes, indexed=["plan", "page"])
    assert document["annotations"] == {"plan": "gold"}
    assert document["metadata"] == {"default": {"items": 3, "page": [1, 2]}}


def test_a_span_may_list_what_is_to_be_indexed(one):
    attributes = {"a.b-c": 1.5, "d": True, "aws.xray.annotations": ["a.b-c", "d", 7]}
    document = one(attributes)
    assert document["annotations"] == {"a.b_c": 1.5, "d": True}
    assert "metadata" not in document


def test_an_indexed_attribute_is_kept_where_a_block_used_it(one):
    document = one({"http.method": "GET"}, indexed=["http.method"])
    assert document["annotations"] == {"http.method": "GET"}
    assert document["http"]["request"]["method"] == "GET"


def test_a_namespace_of_metadata_may_come_as_json(one):
    attributes = {
        "aws.xray.metadata.cart": '{"items": 3}',
        "aws.xray.metadata.default": '{"x": 1}',
        "aws.xray.metadata.bad": "{",
    }
    assert one(attributes)["metadata"] == {
        "cart": {"items": 3},
        "default": {"x": 1, "aws.xray.metadata.bad": "{"},
    }


@pytest.mark.parametrize(
    "text", ["[]", '{"x": NaN}', '{"x": 1e999}', '{"x":' * 990 + "1" + "}" * 990]
)
def test_a_namespace_that_json_cannot_write_again_stays_text(one, text):
    found = one({"aws.xray.metadata.cart": text})["metadata"]
    assert found == {"default": {"aws.xray.metadata.cart": text}}


def test_the_resource_is_told_by_segments_only(one, below):
    resource = {"deployment": "blue"}
    segment = one(resource=resource, indexed=["otel.resource.deployment"])
    assert segment["annotations"] == {"otel.resource.deployment": "blue"}
    assert "metadata" not in one(kind="INTERNAL", resource=resource, **below)


def test_the_user_is_the_end_user(one):
    document = one({"enduser.id": "ada"})
    assert document["user"] == "ada"
    assert "metadata" not in document


def test_links_lead_to_the_other_trace(one):
    other = Span.Link(trace_id=b"\1" * 16, span_id=b"\2" * 8)
    (link,) = one(links=[other])["links"]
    assert link == {"trace_id": "1-01010101-" + "01" * 12, "id": "02" * 8}


@pytest.mark.parametrize(
    "members",
    [
        {"trace_id": b""},
        {"trace_id": b"\0" * 16},
        {"span_id": b"\1" * 7},
        {"parent_span_id": b"\1"},
        {"links": [Span.Link(trace_id=b"\1", span_id=b"\2" * 8)]},
    ],
)
def test_what_is_no_id_is_refused(convert, members):
    with pytest.raises(OtlpError, match="id"):
        convert(**members)


LOCAL_ROOT = {
    "aws.span.kind": "LOCAL_ROOT",
    "aws.local.service": "worker",
    "aws.remote.service": "AWS.SDK.S3",
    "rpc.system": "aws-api",
    "rpc.method": "GetObject",
}


def test_a_local_root_that_calls_is_a_segment_and_a_subsegment(convert, below):
    call, service = convert(LOCAL_ROOT, kind="CLIENT", **below)
    assert (call["name"], call["namespace"]) == ("S3", "aws")
    assert (call["type"], call["parent_id"]) == ("subsegment", service["id"])
    assert call["aws"]["operation"] == "GetObject"
    assert service["name"] == "worker"
    assert service["parent_id"] == "defdfd9912dc5a56"
    assert not {"type", "namespace", "aws"} & service.keys()


def test_a_local_root_that_only_serves_is_a_segment(one, below):
    attributes = {"aws.span.kind": "LOCAL_ROOT", "aws.local.service": "worker"}
    document = one(attributes, kind="INTERNAL", **below)
    assert document["name"] == "worker"
    assert "type" not in document
