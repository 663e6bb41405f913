"""JSON in bodies: strict, with numbers as Honeycomb's decoder reads them."""

import json

import pytest

from lab_emulators.honeycomb.request_body import parse_json
from lab_emulators.web.bodies import BodyError


@pytest.mark.parametrize(
    "text",
    [
        "",
        "NaN",
        "[-Infinity]",
        "1e400",
        "9" * 5000,
        "[" * 100_000,
        '{"a":' * 100_000,
        "{'a':1}",
        "1 2",
        '"\x00"',
    ],
)
def test_what_is_not_strict_json_is_refused(text):
    with pytest.raises(BodyError):
        parse_json(text.encode())


@pytest.mark.parametrize("body", [b'"\xff"', b"\xff\xfe1\x00", '"ü"'.encode("utf-16")])
def test_only_utf8_is_read(body):
    with pytest.raises(BodyError):
        parse_json(body)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("9223372036854775807", 2**63 - 1),
        ("-9223372036854775808", -(2**63)),
        ("9223372036854775808", float(2**63)),
        ("1" + "0" * 300, 1e300),
        ("-0.5e1", -5.0),
        ('{"a": 1, "a": 2}', {"a": 2}),
        ('["\\ud800", {"\\udfffk": 1}]', ["\ufffd", {"\ufffdk": 1}]),
        ('"\\ud83d\\ude00\\uD800"', "\U0001f600\ufffd"),
        ('"\\\\ud800"', "\\ud800"),
    ],
)
def test_edge_values_become_the_nearest_storable_thing(text, value):
    parsed = parse_json(text.encode())
    assert parsed == value
    assert type(parsed) is type(value)
    json.dumps(parsed, ensure_ascii=False).encode()
