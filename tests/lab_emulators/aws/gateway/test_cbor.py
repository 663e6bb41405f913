"""CBOR as botocore's client writes and reads it, from the server's side."""

import math
from datetime import UTC, datetime

import pytest
from botocore.parsers import RpcV2CBORParser
from botocore.serialize import RpcV2CBORSerializer
from hypothesis import given
from hypothesis import strategies as st

from lab_emulators.aws.gateway import cbor
from lab_emulators.aws.gateway.call import model_of

CLOUDWATCH = model_of("cloudwatch")
PUT = CLOUDWATCH.operation_model("PutMetricData")
STATISTICS = CLOUDWATCH.operation_model("GetMetricStatistics")

TIMES = st.datetimes(
    datetime(1980, 1, 1),  # noqa: DTZ001 - `timezones` adds the zone
    datetime(2100, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
).map(lambda time: time.replace(microsecond=time.microsecond // 1000 * 1000))
DATA = st.fixed_dictionaries(
    {"MetricName": st.text(min_size=1, max_size=300)},
    optional={
        "Value": st.floats(allow_nan=False),
        "Timestamp": TIMES,
        "Counts": st.lists(st.floats(allow_nan=False), max_size=30),
        "StorageResolution": st.integers(-(2**40), 2**40),
    },
)


@given(st.lists(DATA, max_size=3))
def test_what_a_client_sends_is_read_as_it_was_meant(data):
    asked = {"Namespace": "lake", "MetricData": data}
    request = RpcV2CBORSerializer().serialize_to_request(asked, PUT)
    assert cbor.operation_in(request["url_path"]) == "PutMetricData"
    assert request["headers"][cbor.HEADER[0]] == cbor.HEADER[1]
    assert cbor.read(request["body"], PUT.input_shape) == asked


@given(TIMES, st.floats(allow_nan=False), st.booleans())
def test_what_the_server_writes_is_read_by_a_client(time, value, empty):
    points = [] if empty else [{"Timestamp": time, "Sum": value, "Unit": "None"}]
    body = cbor.written({"Datapoints": points}, STATISTICS.output_shape)
    answer = {"status_code": 200, "headers": {}, "body": body}
    parser = RpcV2CBORParser(timestamp_parser=lambda s: datetime.fromtimestamp(s, UTC))
    assert parser.parse(answer, STATISTICS.output_shape)["Datapoints"] == points


def test_no_number_survives():
    body = cbor.written({"Datapoints": [{"Sum": math.nan}]}, STATISTICS.output_shape)
    assert b"\xf9\x7e\x00" in body  # RFC 8949, section 4.2.2: the shortest NaN


def test_an_operation_without_an_answer_has_an_empty_map():
    assert cbor.written({}, PUT.output_shape) == b"\xa0"


@pytest.mark.parametrize(
    "body",
    [b"\xff", b"\xa1", b"\x80", b"\x01", b"\xa1\x61", b"\x81" * 5000, b"\xc2\x01",
     b"\xbf\x61a", b"\xa1\x81\x01\x01", b"\xa1iNamespace\xfb", b"\x7b" + b"\xff" * 8],
)  # fmt: skip
def test_what_is_no_map_of_members_is_refused(body):
    with pytest.raises(cbor.NotCborError):
        cbor.read(body, PUT.input_shape)


@pytest.mark.parametrize(
    "path", ["/", "/service/a", "/service/a/operation", "/x/a/y/b"]
)
def test_other_paths_name_no_operation(path):
    assert cbor.operation_in(path) == ""
