"""What a match gives to metrics, and what a metric may ask of a pattern."""

import pytest

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.languages.filter_pattern import PatternMatch, compile_pattern

LINE = '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404'
DOCUMENT = '{"route": "/a", "ms": 12.50, "ok": true, "none": null, "tags": ["x", {}]}'


def matched(text: str, message: str) -> PatternMatch:
    found = compile_pattern(text).match(message)
    assert found is not None
    return found


def test_fields_without_a_name_are_extracted_by_their_place() -> None:
    found = matched("[..., request=*.html*, status_code=4*]", LINE)
    assert found.extracted == {
        "$1": "127.0.0.1",
        "$2": "-",
        "$3": "frank",
        "$4": "10/Oct/2000:13:25:15 -0700",
        "$request": "GET /index.html HTTP/1.0",
        "$status_code": "404",
    }


@pytest.mark.parametrize("text", ["[]", "[...]", "[,,,,,]"])
def test_every_field_is_extracted_where_none_has_a_name(text: str) -> None:
    assert list(matched(text, LINE).extracted) == [f"${n}" for n in range(1, 7)]


def test_the_last_field_is_the_rest_of_the_line() -> None:
    found = matched("[time, id, event]", '1Z\tabc-1\t{"a": [1, 2]}  end\n')
    assert found.extracted["$event"] == '{"a": [1, 2]}  end'
    assert matched("[a, b]", 'x "y z"\n').extracted["$b"] == "y z"


@pytest.mark.parametrize(
    "message, fields",
    [
        ('a "b c" [d e] f', ("a", "b c", "d e", "f")),
        (r'a "b \" c" d', ("a", r"b \" c", "d")),
        ('"" [] x', ("", "", "x")),
        ('a"b c" "d"e [f]g', ('a"b', 'c"', '"d"e', "[f]g")),
        ('"a b', ('"a', "b")),
        ("[a b", ("[a", "b")),
        ("  a\t\tb\r\n", ("a", "b")),
        ("[a [b] c", ("a [b", "c")),
        ("[a b] c] [d e] [f", ("a b", "c]", "d e", "[f")),
    ],
)
def test_what_is_enclosed_is_one_field(message: str, fields: tuple[str, ...]) -> None:
    assert matched("[]", message).fields == fields


def test_a_pattern_for_json_extracts_what_its_selectors_lead_to() -> None:
    text = (
        '{ $.route = "/*" && ($.ms > 5 || $.no = 1) && $.tags[*] = x && $.ok IS TRUE }'
    )
    assert matched(text, DOCUMENT).extracted == {
        "$.route": "/a",
        "$.ms": "12.50",
        "$.tags[*]": "x",
        "$.ok": "true",
    }


def test_terms_extract_nothing() -> None:
    assert matched("frank", LINE) == PatternMatch()


@pytest.mark.parametrize(
    "selector, value, number",
    [
        ("$.ms", "12.50", 12.5),
        ("$.route", "/a", None),
        ("$.ok", "true", None),
        ("$.none", None, None),
        ("$.tags", None, None),
        ("$.tags[0]", "x", None),
        ("$.tags[9]", None, None),
        ("$ms", None, None),
    ],
)
def test_a_document_is_asked_for_any_value(
    selector: str, value: str | None, number: float | None
) -> None:
    found = matched("{ $.route = * }", DOCUMENT)
    assert (found.value(selector), found.number(selector)) == (value, number)


@pytest.mark.parametrize(
    "selector, value",
    [("$status", "404"), ("$3", "frank"), ("$6", "404"), ("$7", None), ("$x", None)],
)
def test_a_line_is_asked_by_name_or_place(selector: str, value: str | None) -> None:
    assert matched("[ip, ..., status]", LINE).value(selector) == value


@pytest.mark.parametrize(
    "text, message, selector, value",
    [
        ("{ $.val = * }", '{"val": 1, "value": 7}', "$.value", "7"),
        ("{ $.val = * }", '{"val": 1, "a": [{"b.c": 8}]}', "$.a[0].['b.c']", "8"),
        ("[a, ..., b]", "1 2 3 4", "$b", "4"),
        ("[a, ..., b]", "1 2 3 4", "$3", "3"),
    ],
)
def test_a_selector_that_is_accepted_reads_a_match(
    text: str, message: str, selector: str, value: str
) -> None:
    compile_pattern(text).check_selector(selector)
    assert matched(text, message).value(selector) == value


@pytest.mark.parametrize(
    "text, selector, problem",
    [
        ("ERROR", "$.a", "needs a filter pattern for JSON or space-delimited"),
        ("{ $.a = * }", "$.a[*]", "has a wildcard"),
        ("{ $.a = * }", "$a", "is no property selector"),
        ("{ $.a = * }", "a", "is no property selector"),
        ("[a, b]", "$.a", "is no field of the filter pattern"),
        ("[a, b]", "$c", "is no field of the filter pattern"),
        ("[a, b]", "$0", "is no field of the filter pattern"),
    ],
)
def test_any_other_selector_is_refused(text: str, selector: str, problem: str) -> None:
    with pytest.raises(AwsError, match=problem) as refused:
        compile_pattern(text).check_selector(selector)
    assert refused.value.code == "InvalidParameterException"


@pytest.mark.parametrize(
    "text, exact, has_values, has_regex",
    [
        ("a -b", True, False, False),
        ("%a%", True, False, True),
        ("{ $.a = 1 || $.b = %x% }", False, True, True),
        ("{ $.a = 1 }", False, True, False),
        ("[a, b=%x%]", False, True, True),
        ("[a, b]", False, True, False),
    ],
)
def test_a_pattern_says_what_it_is(
    text: str, *, exact: bool, has_values: bool, has_regex: bool
) -> None:
    pattern = compile_pattern(text)
    assert (pattern.exact, pattern.has_values) == (exact, has_values)
    assert pattern.has_regex is has_regex
