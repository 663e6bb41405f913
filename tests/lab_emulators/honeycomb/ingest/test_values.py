import json
import math

import hypothesis.strategies as st
import pytest
from hypothesis import given

from lab_emulators.honeycomb.ingest.values import flatten, json_text


@pytest.mark.parametrize("value", ["text", "", True, False, 0, -(2**63), 0.5, 3.0])
def test_scalars_are_stored_as_they_are(pairs, value):
    [stored] = flatten(pairs({"a": value})).values()
    assert (stored, type(stored)) == (value, type(value))


def test_bytes_become_base64_in_json_with_a_newline(pairs):
    assert flatten(pairs({"a": b"\x01\x02\x03\x04"})) == {"a": '"AQIDBA=="\n'}


def test_lists_become_compact_json_with_a_newline(pairs):
    columns = flatten(pairs({"a": ["item1", 42, True, 3.14]}))
    assert columns == {"a": '["item1",42,true,3.14]\n'}


def test_what_lists_hold_is_encoded_at_any_depth(pairs):
    nested = [[], [None, b"\x00"], {"k": {"n": 1}}, {}]
    columns = flatten(pairs({"a": nested}))
    assert columns == {"a": '[[],[null,"AA=="],{"k":{"n":1}},{}]\n'}


def test_json_text_is_escaped_as_go_does_without_html_escapes(pairs):
    columns = flatten(pairs({"a": ['<a href="x">&é\u2028\n']}))
    assert columns == {"a": '["<a href=\\"x\\">&é\\u2028\\n"]\n'}


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1.0, "1"),
        (-0.0, "-0"),
        (1e20, "1" + "0" * 20),
        (1e21, "1e+21"),
        (1e-6, "0.000001"),
        (1e-7, "1e-7"),
        (1.5e-10, "1.5e-10"),
        (math.inf, '"Infinity"'),
        (-math.inf, '"-Infinity"'),
        (math.nan, '"NaN"'),
    ],
)
def test_doubles_in_lists_are_written_as_go_does(pairs, number, text):
    assert flatten(pairs({"a": [number]})) == {"a": f"[{text}]\n"}


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_doubles_in_lists_read_back_exactly(any_value, number):
    text = json_text(any_value([number]))
    assert json.loads(text, parse_int=float) == [number]


def test_maps_are_flattened_with_dots(pairs):
    nested = {
        "attr": {"key": "v", "other": {"deep": 1}, "list": [1], "": 1, "no": None}
    }
    columns = flatten(pairs(nested))
    assert columns == {"attr.key": "v", "attr.other.deep": 1, "attr.list": "[1]\n"}


def test_the_sixth_nested_map_is_json(pairs):
    value = "value6"
    for level in range(1, 7):
        value = {f"level{level}": value}
    name = "map6.level6.level5.level4.level3.level2"
    assert flatten(pairs({"map6": value})) == {name: '{"level1":"value6"}\n'}


def test_an_empty_map_leaves_no_column(pairs):
    assert flatten(pairs({"a": {}})) == {}


def test_the_first_of_two_keys_wins_even_across_a_map(pairs):
    listed = [("a.b", 1), ("a", {"b": 2, "c": 3}), ("a.c", 4)]
    assert flatten(pairs(listed)) == {"a.b": 1, "a.c": 3}


@pytest.mark.parametrize("letter", ["a", "é", "🐦"])
def test_json_text_is_cut_at_65535_bytes_between_characters(pairs, letter):
    text = flatten(pairs({"a": [letter * 70_000]}))["a"]
    assert 65_535 - len(letter.encode()) < len(text.encode()) <= 65_535
    assert text == '["' + letter * (len(text) - 2)


def test_long_plain_strings_are_not_cut(pairs):
    assert flatten(pairs({"a": "x" * 100_000})) == {"a": "x" * 100_000}
