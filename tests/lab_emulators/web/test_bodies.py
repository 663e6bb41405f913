"""Bodies: decompressed within a limit, parsed strictly."""

import gzip

import pytest
import zstandard

from lab_emulators.web.bodies import (
    BodyError,
    BodyTooLargeError,
    EncodingError,
    decompress,
    is_shallow,
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


@pytest.mark.parametrize("parse_int", [int, float])
@pytest.mark.parametrize(
    "text",
    ["", "NaN", "[-Infinity]", "1e400", "[" * 100_000, "{'a':1}", "1 2", '"\x00"'],
)
def test_what_is_not_strict_json_is_refused(text, parse_int):
    with pytest.raises(BodyError):
        parse_json(text, parse_int=parse_int)


def test_json_says_what_is_wrong_with_it():
    with pytest.raises(BodyError, match="NaN is not JSON"):
        parse_json(b"[NaN]")
    with pytest.raises(BodyError, match="1e999 does not fit a number"):
        parse_json(b"1e999")
    with pytest.raises(BodyError, match="nested deeper than 2 levels"):
        parse_json(b"[[[1]]]", max_depth=2)


def test_whole_numbers_are_as_the_caller_reads_them():
    assert parse_json(b"[7, 7.0]", parse_int=lambda text: f"whole {text}") == [
        "whole 7",
        7.0,
    ]
    assert parse_json("9" * 30) == int("9" * 30)


@pytest.mark.parametrize(
    ("document", "depth"), [(1, 1), ([], 1), ([1], 2), ([[]], 2), ({"a": {"b": 1}}, 3)]
)
def test_depth_counts_lists_and_objects(document, depth):
    assert is_shallow(document, depth)
    assert not is_shallow(document, depth - 1)


def test_half_a_surrogate_pair_becomes_the_replacement_character():
    assert parse_json(b'["\\uD800", {"\\udfffk": 1}]') == ["\ufffd", {"\ufffdk": 1}]
    assert parse_json(b'"\\\\ud800"') == "\\ud800"
