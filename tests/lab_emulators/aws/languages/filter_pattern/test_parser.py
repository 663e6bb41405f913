"""Patterns are read whole, or refused with what is wrong and where."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lab_emulators.aws.languages.filter_pattern import PatternError, compile_pattern
from lab_emulators.aws.languages.filter_pattern.nodes import (
    Compare,
    Document,
    Every,
    FieldName,
    Glob,
    Line,
    LineField,
    NumberLiteral,
    Selector,
    Terms,
)
from lab_emulators.aws.languages.filter_pattern.parser import parse

A = Selector("$.a", ("a",))
PIECES = (
    *("{", "}", "[", "]", "(", ")", "&&", "||", ",", "...", " ", "  ", "\n", "-", "?"),
    *("$.a", "$.b[0]", "$.*", "$.['x.y']", "$", ".", "=", "!=", "<", ">=", "!", "*"),
    *("IS", "NULL", "TRUE", "NOT", "EXISTS", "a", "w1", "1e3", "-5", "4*", '"', "\\"),
    *('"a b"', "%a+%", "%", "%[a-z]{2,}%", "é", "\x00", "\ud800", "a.b", "status=4*"),
)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("a ?b -c", Terms(("a",), ("c",), ("b",))),
        (r'-"\"\\\n"', Terms(excluded=('"\\\\n',))),
        ("{ $.a = 4* }", Document(Compare(A, "=", Glob(("4", ""))))),
        ("{$.a>=-5}", Document(Compare(A, ">=", NumberLiteral(-5.0, "-5")))),
        ('{$.a!="x\\*y*z"}', Document(Compare(A, "!=", Glob(("x*y", "z"))))),
        ('{$.a="7"}', Document(Compare(A, "=", Glob(("7",))))),
        ("[a, , b]", Line((LineField("a"), LineField(), LineField("b")), None)),
        ("[a, ...]", Line((LineField("a"),), ())),
        (
            "[a=x]",
            Line((LineField("a", Compare(FieldName("a"), "=", Glob(("x",)))),), None),
        ),
    ],
)
def test_a_pattern_is_read_as_its_tree(text: str, expected: object) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    "text, steps",
    [
        ("$.a-b.c_d[0][12]", ("a-b", "c_d", 0, 12)),
        ("$.a[*].b", ("a", Every.ELEMENT, "b")),
        ("$.*.b", (Every.FIELD, "b")),
        ("$.['a.b'].c", ("a.b", "c")),
        ('$.a["*"]', ("a", "*")),
    ],
)
def test_a_selector_is_its_steps(text: str, steps: tuple[object, ...]) -> None:
    tree = parse(f"{{ {text} NOT EXISTS }}")
    assert isinstance(tree, Document)
    assert getattr(tree.condition, "subject", None) == Selector(text, steps)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text, position, reason",
    [
        ("foo-bar", 4, "Invalid character(s) in term '-'"),
        ("ok ?Status: x", 11, "Invalid character(s) in term ':'"),
        ("!(a)", 1, "Invalid character(s) in term '!('"),
        ('""', 1, "Invalid character(s) in term '\"\"'"),
        ('a "b', 3, "Invalid character(s) in term '\"'"),
        ("a -%b%", 4, "Invalid character(s) in term '%'"),
        ("%a% b", 1, "a regular expression stands alone, not among terms"),
        ("-", 2, "something is missing"),
        ("%something!%", 11, "Invalid character(s) in term '!'"),
        ("%(a)%", 2, "Invalid character(s) in term '('"),
        (r"%\(%", 3, r"unsupported escape '\\(', write \xhh"),
        ("%é%", 2, "Invalid character(s) in term 'é'"),
        ("%a**%", 4, "nothing to repeat"),
        ("%+%", 2, "nothing to repeat"),
        ("%^?%", 3, "nothing to repeat"),
        ("%%", 2, "an empty regular expression"),
        ("%a{%", 3, r"{ without a number of repetitions, write \{"),
        ("%a{3,2}%", 3, "a maximum below the minimum"),
        ("%a{600}b{600}%", 9, "more than 1000 repetitions"),
        ("%[z-a]%", 3, "a range that ends before it begins"),
        ("%[ab%", 2, "[ without ]"),
        ("{ $.a = 1", 10, "something is missing"),
        ("{ $.a = 1 } x", 13, "unexpected 'x'"),
        ('{$."a-b" = 5}', 2, "unexpected '$.\"a-b\" = 5}'"),
        ("{ status = 401 }", 3, "unexpected 'status = 401 }'"),
        ("{ $.a IS NOT NULL }", 10, "unexpected 'NOT NULL }'"),
        ("{ $.a EXISTS }", 7, "unexpected 'EXISTS }'"),
        ("{ $.a = b-c }", 10, "Invalid character(s) in term '-'"),
        ('{ $.a > "5" }', 9, "> compares only numbers"),
        ("{ $.a < %5% }", 9, "< compares only numbers"),
        ("{ $[0] = 1 }", 4, "an index must follow a property"),
        ("{ $[*] = 1 }", 4, "an index must follow a property"),
        ("{ $.*[*] = 1 }", 3, "more than one wildcard in a selector"),
        ("{$.a=%x%||$.b=%y%||$.c=%z%}", 24, "more than 2 regular expressions"),
        (
            "{$.*=1||$.a[*]=1||$.*=1||$.*=2}",
            26,
            "more than 3 wildcard selectors",
        ),
        ("[a, b", 6, "something is missing"),
        ("[a=1 || b=2]", 9, "'b' is not the field 'a'"),
        ("[a, b, a=1]", 8, "two fields 'a'"),
        ("[..., a, ...]", 10, "... may stand only once"),
        ("[a=(1)]", 4, "unexpected '(1)]'"),
        ("x" * 1025, 1025, "longer than 1024 characters"),
        ("a\ud800", 2, "an unpaired surrogate"),
    ],
)
def test_a_refusal_says_what_and_where(text: str, position: int, reason: str) -> None:
    with pytest.raises(PatternError) as refused:
        compile_pattern(text)
    error = refused.value
    assert (error.position, error.code) == (position, "InvalidParameterException")
    assert error.reason == f"{reason} at position {position}"
    assert error.message == f"Invalid metric filter pattern: {error.reason}"


@given(st.text(max_size=60) | st.lists(st.sampled_from(PIECES)).map("".join))
@example("{" * 1000)
@example("{" + "(" * 1000)
@example("{" + "($.a=1||" * 120 + "$.a=1" + ")" * 120 + "}")
@example("[" + "a=1&&" * 200 + "a=1]")
@example("{$.a=%" + "a" * 900 + "%}")
def test_any_text_is_a_pattern_or_a_refusal_within_it(text: str) -> None:
    try:
        pattern = compile_pattern(text)
    except PatternError as error:
        assert 1 <= error.position <= len(text) + 1
    else:
        pattern.condition()
        pattern.match('{"a": 1}')
        pattern.match("a b c")
