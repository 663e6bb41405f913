"""Reading fields of JSON text, beside what Python's own reader says."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_emulators.store.query.expr import Column, Expr
from lab_emulators.store.query.fields import (
    JsonKind,
    json_has,
    json_is,
    json_scalar,
    json_text,
)
from lab_emulators.store.query.render import Params, Renderer
from lab_emulators.store.schema.batch import ColumnType

MESSAGE = Column("message", ColumnType.STRING)
Read = Callable[[Expr, str], Any]


@pytest.fixture(scope="module")
def read() -> Iterator[Read]:
    """The value of an expression over one message."""
    with duckdb.connect() as con:

        def run(expr: Expr, message: str) -> Any:
            params = Params()
            place = params.bind(message)
            sql = Renderer(lambda node: "m", params)(expr)
            row = f"(SELECT CAST({place} AS VARCHAR) AS m)"
            found = con.execute(f"SELECT {sql} FROM {row}", params.values).fetchall()
            return found[0][0]

        yield run


@pytest.mark.parametrize(
    "value, expected",
    [
        ('"é \\u00e9 \\n"', "é é \n"),
        ("5", "5"),
        ("-1.5", "-1.5"),
        ("true", "true"),
        ("null", None),
        ('{"b": [1, "x"]}', '{"b":[1,"x"]}'),
        ("[]", "[]"),
    ],
)
def test_a_value_is_its_text(read: Read, value: str, expected: str | None) -> None:
    assert read(json_text(MESSAGE, ["a"]), f' {{"a": {value}}}\n') == expected


@pytest.mark.parametrize(
    "message",
    [
        "",
        "plain",
        "{",
        '{"a":',
        '{"a": 1} trailing',
        '"a"',
        "7",
        '["a"]',
        '{"a":"\\ud8"}',
    ],
)
def test_what_is_no_json_object_has_no_fields(read: Read, message: str) -> None:
    for path in (["a"], ["0"], []):
        assert read(json_text(MESSAGE, path), message) is None
        assert read(json_has(MESSAGE, path), message) is False


@pytest.mark.parametrize(
    "value, expected",
    [
        ("true", "1"),
        ("false", "0"),
        ('"true"', "true"),
        ('"{}"', "{}"),
        ('"[x"', "[x"),
        ("{}", None),
        ("[1]", None),
        ("null", None),
        ("-5", "-5"),
    ],
)
def test_a_scalar_is_no_map_or_list(
    read: Read, value: str, expected: str | None
) -> None:
    assert read(json_scalar(MESSAGE, ["a"]), f'{{"a": {value}}}') == expected


def test_the_first_path_with_a_value_counts(read: Read) -> None:
    dotted = json_text(MESSAGE, ["http.route"], ["http", "route"])
    assert read(dotted, '{"http": {"route": "/a"}}') == "/a"
    assert read(dotted, '{"http.route": "/b", "http": {"route": "/a"}}') == "/b"
    assert read(dotted, '{"http.route": null, "http": {"route": "/a"}}') == "/a"


@pytest.mark.parametrize("other", ["[]", '{"key": 1}', "null"])
def test_the_first_path_with_a_scalar_counts(read: Read, other: str) -> None:
    dotted = json_scalar(MESSAGE, ["http.route"], ["http", "route"])
    message = f'{{"http.route": {other}, "http": {{"route": ""}}}}'
    assert read(dotted, message) == ""


def test_numbers_lead_into_arrays(read: Read) -> None:
    message = '{"items": [{"id": "x"}, {"id": "y"}], "map": {"0": "z"}}'
    assert read(json_text(MESSAGE, ["items", "1", "id"]), message) == "y"
    assert read(json_text(MESSAGE, ["items", "2", "id"]), message) is None
    assert read(json_text(MESSAGE, ["map", "0"]), message) == "z"


@pytest.mark.parametrize(
    "value, kind",
    [
        ('"5"', JsonKind.STRING),
        ("5", JsonKind.NUMBER),
        ("-5", JsonKind.NUMBER),
        ("5e300", JsonKind.NUMBER),
        ("123456789012345678901234567890", JsonKind.NUMBER),
        ("false", JsonKind.BOOLEAN),
        ("null", JsonKind.NULL),
        ("[]", JsonKind.ARRAY),
        ("{}", JsonKind.OBJECT),
    ],
)
def test_every_value_is_of_one_kind(read: Read, value: str, kind: JsonKind) -> None:
    message = f'{{"a": {value}}}'
    assert read(json_has(MESSAGE, ["a"]), message)
    assert [k for k in JsonKind if read(json_is(MESSAGE, k, ["a"]), message)] == [kind]


# keys of any text but NUL, which ends a key in DuckDB's eyes
keys = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


@given(
    outer=keys,
    inner=keys,
    value=st.text(st.characters(exclude_categories=["Cs"])),
    ascii_only=st.booleans(),
)
def test_keys_are_found_however_they_are_spelled(
    read: Read, *, outer: str, inner: str, value: str, ascii_only: bool
) -> None:
    message = json.dumps({outer: {inner: value}}, ensure_ascii=ascii_only)
    assert read(json_text(MESSAGE, [outer, inner]), message) == value


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_no_text_is_an_error(read: Read, message: str) -> None:
    for text in (message, "{" + message, '{"a": ' + message + "}"):
        read(json_text(MESSAGE, ["a"]), text)
        read(json_is(MESSAGE, JsonKind.NUMBER, ["a"]), text)
