"""Filter expressions are read whole, or refused with the place that is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_emulators.aws.languages.xray_filter.nodes import (
    Annotation,
    EdgeKeyword,
    GroupKeyword,
    KeywordComparison,
    KeywordTest,
    RootCause,
    RootCauseJson,
    ServiceKeyword,
    ServiceSelector,
)
from lab_emulators.aws.languages.xray_filter.parser import FilterError, parse
from lab_emulators.lang.nodes import AllOf, AnyOf, Not

OK, FAULT, ERROR = KeywordTest("ok"), KeywordTest("fault"), KeywordTest("error")
TRUE = KeywordComparison("ok", "=", value=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("  \n", None),
        ("ok", OK),
        ("!ok", Not(OK)),
        ("ok = false", KeywordComparison("ok", "=", value=False)),
        ("OK != TRUE", KeywordComparison("ok", "!=", value=True)),
        ("responseTime>2", KeywordComparison("responsetime", ">", 2.0)),
        ("duration >= .5", KeywordComparison("duration", ">=", 0.5)),
        ("http.status != 200", KeywordComparison("http.status", "!=", 200.0)),
        ('http.url beginsWith "a"', KeywordComparison("http.url", "beginswith", "a")),
        ('user CONTAINS ""', KeywordComparison("user", "contains", "")),
        (r'user = "a\"b\\c\d"', KeywordComparison("user", "=", r'a"b\c\d')),
        ("annotation.age", Annotation("age")),
        ("annotation.age > 29", Annotation("age", ">", 29.0)),
        ("annotation[a.b-c] = true", Annotation("a.b-c", "=", value=True)),
        ('annotation["a b"] ENDSWITH "x"', Annotation("a b", "endswith", "x")),
        ("annotation.and", Annotation("and")),
        ('service("a")', ServiceKeyword(ServiceSelector("a"))),
        ("service() { fault }", ServiceKeyword(ServiceSelector(), FAULT)),
        (
            'SERVICE("a") {root}',
            ServiceKeyword(ServiceSelector("a"), KeywordTest("root")),
        ),
        (
            'service(id(name: "a", type:"t", account.id: "1"))',
            ServiceKeyword(ServiceSelector("a", "t", "1")),
        ),
        ('service(id(type: "t")) {ok}', ServiceKeyword(ServiceSelector(None, "t"), OK)),
        ('edge("a", "b")', EdgeKeyword(ServiceSelector("a"), ServiceSelector("b"))),
        (
            'edge(id(), "b") {ok}',
            EdgeKeyword(ServiceSelector(), ServiceSelector("b"), OK),
        ),
        ("rootcause.fault.service", RootCause("fault", "service")),
        (
            "rootcause.responsetime.entity { remote coverage > 0.7 }",
            RootCause(
                "responsetime",
                "entity",
                AllOf((KeywordTest("remote"), KeywordComparison("coverage", ">", 0.7))),
            ),
        ),
        (
            'rootcause.error.exception { last and message = "m" }',
            RootCause(
                "error",
                "exception",
                AllOf((KeywordTest("last"), KeywordComparison("message", "=", "m"))),
            ),
        ),
        (
            'rootcause.json = #[{"Services": [{"Name": "a", "x": null}], "n": 1.5}]',
            RootCauseJson(({"Services": [{"Name": "a", "x": None}], "n": 1.5},)),
        ),
        ('group.name = "g"', GroupKeyword("g")),
        ('ok group.arn != "arn:x"', AllOf((OK, Not(GroupKeyword("arn:x"))))),
    ],
)
def test_every_form_of_the_guide_is_read(text: str, expected: object) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ok OR fault AND error", AnyOf((OK, AllOf((FAULT, ERROR))))),
        ("ok or fault error", AnyOf((OK, AllOf((FAULT, ERROR))))),
        ("ok fault and error", AllOf((OK, FAULT, ERROR))),
        ("(ok OR fault) error", AllOf((AnyOf((OK, FAULT)), ERROR))),
        ("!ok fault", AllOf((Not(OK), FAULT))),
        ("!(ok fault)", Not(AllOf((OK, FAULT)))),
        ("ok (fault)", AllOf((OK, FAULT))),
        ("(" * 4000 + "ok" + ")" * 4000, OK),
        (
            "! ok = true or !fault",
            AnyOf((Not(TRUE), Not(FAULT))),
        ),
        ("ok !partial duration <3", None),
    ],
)
def test_or_binds_weakest_and_may_be_left_out_not_binds_strongest(
    text: str, expected: object
) -> None:
    three = (OK, Not(KeywordTest("partial")), KeywordComparison("duration", "<", 3.0))
    assert parse(text) == (expected or AllOf(three))


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("bla", 1, "unknown keyword 'bla'"),
        ("ok and", 7, "something is missing"),
        ("ok &", 4, "unexpected '&'"),
        ('ok\n  user = "open', 13, "unexpected"),
        ("ok = 1", 1, "ok is compared to true or false"),
        ("user = 1", 1, "user is compared to a text"),
        ('duration = "1"', 1, "duration is compared to a number"),
        ('http.status contains "2"', 1, "http.status is compared to a number"),
        ("ok duration contains 2", 4, "contains cannot compare numbers"),
        ("ok < true", 1, "< cannot compare true and false"),
        ('user < "a"', 1, "< cannot compare texts"),
        ("annotation.a contains 1", 1, "contains cannot compare numbers"),
        ('name = "x"', 1, "name says nothing about a trace"),
        ("root", 1, "root says nothing about a trace"),
        ("service() { coverage > 1 }", 13, "coverage says nothing about service()"),
        ('service("a") { annotation.x }', 16, "annotation cannot be used inside"),
        ("edge() {ok}", 6, "unexpected ')"),
        ('service("a") { service("b") }', 16, "service cannot be used inside"),
        ("rootcause.fault.entity { coverage > 0 }", 26, "coverage says nothing"),
        ("rootcause.fault.service { message }", 27, "message says nothing"),
        ("rootcause.responsetime.exception", 1, "response times have no exceptions"),
        ("rootcause.what.service", 1, "unknown keyword"),
        ("rootcause.json = #[]", 1, "rootcause.json takes"),
        ('rootcause.json > #[{"a": 1}]', 1, "rootcause.json is compared by ="),
        ('rootcause.json = #[{"a": nil}]', 26, "unexpected 'nil'"),
        (r'rootcause.json = #[{"\x": 1}]', 21, "not valid JSON"),
        ("group.name = 1", 1, "group.name is compared by = or !="),
        ('group.name contains "a"', 1, "group.name is compared by = or !="),
        ('service(id(color: "a"))', 12, "id() takes name, type and account.id"),
        ('service(id(name: "a", name: "b"))', 23, "id() takes"),
        ("ok " * 4000, 10001, "longer than"),
        ("!" * 4000 + "ok", 51, "nested more than"),
        ("rootcause.json=#" + "[" * 900 + "]" * 900, 1, "nested more than"),
    ],
)
def test_an_error_names_what_is_wrong_and_where(
    text: str, position: int, message: str
) -> None:
    with pytest.raises(FilterError) as caught:
        parse(text)
    error = caught.value
    assert (error.code, error.status) == ("InvalidRequestException", 400)
    assert message in error.message
    assert error.message.endswith(f" at position {position}")


WORDS = st.sampled_from(
    ["ok", "fault", "annotation.a", "annotation[", "service", "service(", "edge(", "(",
     ")", "{", "}", "[", "]", "#", "=", "!=", "!", "<", ">=", "AND", "or", "id(",
     "name", ":", ",", '"x"', '"', "1", "-2.5", "true", "null", "rootcause.json",
     "group.name",
     "rootcause.fault.service", "contains", "http.status", "user", "\\", "é"]
)  # fmt: skip


@given(st.lists(WORDS, max_size=12).map(" ".join) | st.text(max_size=30))
def test_no_text_raises_anything_but_a_filter_error(text: str) -> None:
    try:
        parse(text)
    except FilterError as error:
        assert 1 <= error.position <= len(text) + 1
