"""Bodies: decompressed within a limit, parsed strictly."""

import gzip
import json

import pytest
import zstandard

from lab_emulators.honeycomb.bodies import (
    BodyError,
    BodyTooLargeError,
    EncodingError,
    decompress,
    parse_json,
)

TEXT = b"spans " * 1000
ENCODINGS = {"gzip": gzip.compress, "zstd": zstandard.compress}


@pytest.mark.parametrize("encoding", ["", "identity", "IDENTITY "])
def test_no_encoding_leaves_the_body_alone(encoding):
    assert decompress(TEXT, encoding, 6000) == TEXT


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_body_of_several_parts_is_read_whole(encoding):
    body = (
        ENCODINGS[encoding](TEXT) + ENCODINGS[encoding](b"") + ENCODINGS[encoding](b"!")
    )
    assert decompress(body, encoding, 6001) == TEXT + b"!"


@pytest.mark.parametrize("encoding", ["", *ENCODINGS])
def test_one_byte_too_many_is_too_large(encoding):
    body = ENCODINGS.get(encoding, bytes)(TEXT)
    with pytest.raises(BodyTooLargeError):
        decompress(body, encoding, 5999)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_bomb_is_stopped_at_the_limit(encoding):
    bomb = ENCODINGS[encoding](bytes(200_000_000))
    assert len(bomb) < 300_000
    with pytest.raises(BodyTooLargeError):
        decompress(bomb, encoding, 1_000_000)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("cut", [1, 5, 12])
def test_a_truncated_body_is_an_encoding_error(encoding, cut):
    with pytest.raises(EncodingError, match=encoding):
        decompress(ENCODINGS[encoding](TEXT)[:-cut], encoding, 10_000)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_trailing_rubbish_and_empty_bodies_are_encoding_errors(encoding):
    for body in (ENCODINGS[encoding](TEXT) + b"rubbish", b"", b"rubbish"):
        with pytest.raises(EncodingError):
            decompress(body, encoding, 10_000)


def test_a_body_of_endless_tiny_parts_is_refused():
    with pytest.raises(EncodingError):
        decompress(gzip.compress(b"") * 5000, "gzip", 10_000)


@pytest.mark.parametrize("encoding", ["deflate", "br", "gzip, gzip", "ü"])
def test_other_encodings_are_not_understood(encoding):
    with pytest.raises(EncodingError, match="could not parse request body"):
        decompress(TEXT, encoding, 10_000)


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
