"""The grammar of calculated fields, and where a wrong text goes wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_emulators.honeycomb.languages.calculated_field.nodes import (
    Constant,
    FieldExpression,
)
from lab_emulators.honeycomb.languages.calculated_field.parser import parse_expression
from lab_emulators.honeycomb.query import SpecError, check_expression
from lab_emulators.lang.nodes import Field, FunctionCall


def shown(node: FieldExpression) -> str:
    """The tree in one line, columns in angle brackets."""
    if isinstance(node, Field):
        return f"<{node.name}>"
    if isinstance(node, Constant):
        return repr(node.value)
    assert isinstance(node, FunctionCall)
    return f"{node.name}({', '.join(map(shown, node.args))})"


TREES = {
    "$a": "<a>",
    "$a-5": "<a-5>",
    "$a=5": "<a=5>",
    "$a - 5": "SUB(<a>, 5)",
    "$app/db:host.name": "<app/db:host.name>",
    '$"0"-5-$"1"--5': "SUB(SUB(SUB(<0>, 5), <1>), -5)",
    '$"any \\"text\\""': '<any "text">',
    "$`ra\\w`": "<ra\\w>",
    "1 + 2 * 3": "SUM(1, MUL(2, 3))",
    "1 - 2 + 3": "SUM(SUB(1, 2), 3)",
    "8 / 4 / 2": "DIV(DIV(8, 4), 2)",
    "7 % 4 * 2": "MUL(MOD(7, 4), 2)",
    "(1 + 2) * 3": "MUL(SUM(1, 2), 3)",
    "1 + 2 < 4": "LT(SUM(1, 2), 4)",
    "1 < 2 = true": "EQUALS(LT(1, 2), True)",
    "1 != 2": "NOT(EQUALS(1, 2))",
    "!true = false": "EQUALS(NOT(True), False)",
    "1 >= 2 AND 3 <= 4 OR 5 > 6": "OR(AND(GTE(1, 2), LTE(3, 4)), GT(5, 6))",
    "AND(1, 2)": "AND(1, 2)",
    "OR (1, 2) OR 3": "OR(OR(1, 2), 3)",
    "if($a, 1, 2,)": "IF(<a>, 1, 2)",
    "EVENT_TIMESTAMP()": "EVENT_TIMESTAMP()",
    "null": "None",
    ".5": "0.5",
    "-1.5e3": "-1500.0",
    r'"\n\t\"\\\x41\u00e9\U0001F600\101"': repr('\n\t"\\Aé😀A'),
    r"`a\n`": repr("a\\n"),
    "  $a  \n": "<a>",
}


@pytest.mark.parametrize("text", TREES)
def test_an_expression_becomes_this_tree(text: str) -> None:
    assert shown(parse_expression(text)) == TREES[text]


FAULTS = {
    "": "the expression is empty",
    " \n": "the expression is empty",
    "foo": "something is missing at the end",
    "-$a": "unexpected '$a' at line 1 column 2",
    "$a $b": "unexpected '$b' at line 1 column 4",
    "1 +\n* 2": "unexpected '* 2' at line 2 column 1",
    "SUM(1": "something is missing at the end",
    "SUM(,)": "unexpected ',)' at line 1 column 5",
    '"open': "unexpected '\"open' at line 1 column 1",
    r'"\q"': r"unknown escape '\\q' in the string at line 1 column 1",
    r'"\ud800"': r"unknown escape '\\ud800' in the string at line 1 column 1",
    '"\ud800"': "text must be valid Unicode",
    "true false": "unexpected 'false' at line 1 column 6",
    "True": "something is missing at the end",
    "x()": "unexpected 'x()' at line 1 column 1",
    "1" * 5000: "longer than 4095 characters",
    "1" * 400: "number",
    "!" * 60 + "1": "nested more than 50 levels deep",
    "(" * 60 + "1 - 1" + ")" * 60: None,
    " - ".join(["1"] * 60): "nested more than 50 levels deep",
    " + ".join(["1"] * 500): "SUM has more than 400 arguments",
}


@pytest.mark.parametrize("text", FAULTS)
def test_a_wrong_expression_says_where_it_goes_wrong(text: str) -> None:
    fault = FAULTS[text]
    if fault is None:
        check_expression(text)
        return
    with pytest.raises(SpecError) as caught:
        check_expression(text)
    assert caught.value.status == 400
    assert fault in caught.value.text


CALLS = {
    "DECREASE($a)": "invalid function: DECREASE",
    "AVG($a)": "invalid function: AVG",
    "RATE($a)": "RATE is for metrics datasets, which are not emulated",
    "RAW_METRIC($a)": "RAW_METRIC is for metrics datasets, which are not emulated",
    "INGEST_TIMESTAMP()": "INGEST_TIMESTAMP is not emulated",
    "IF($a)": "IF takes at least 2 arguments, not 1",
    "DIV(1)": "DIV takes 2 arguments, not 1",
    "BUCKET(1, 2, 3, 4, 5)": "BUCKET takes 2 to 4 arguments, not 5",
    "BUCKET($a, $b)": "BUCKET takes literal numbers after its first argument",
    "BUCKET($a, 0)": "BUCKET needs a size greater than 0",
    "REG_MATCH($a, $b)": "REG_MATCH takes a literal regular expression",
    "REG_VALUE($a, 'x')": "unexpected",
    'REG_COUNT($a, "(")': "REG_COUNT: invalid regular expression: missing )",
    "REG_MATCH($a, `(?=x)`)": "REG_MATCH: invalid regular expression: invalid perl",
    "REG_MATCH($a, `(a)\\1`)": "REG_MATCH: invalid regular expression: invalid escape",
    'FORMAT_TIME("%k")': "FORMAT_TIME: format code %k is not emulated",
    'FORMAT_TIME("%")': "FORMAT_TIME: format code % is not emulated",
    'FORMAT_TIME("")': "FORMAT_TIME takes a format that is not empty",
    "FORMAT_TIME($a)": "FORMAT_TIME takes a literal format",
    'LENGTH($a, "words")': 'LENGTH takes "bytes" or "chars"',
}


@pytest.mark.parametrize("text", CALLS)
def test_a_wrong_call_is_refused_by_name(text: str) -> None:
    with pytest.raises(SpecError) as caught:
        check_expression(text)
    assert CALLS[text] in caught.value.text


@given(
    st.text(max_size=30)
    | st.lists(
        st.sampled_from(
            [*'$ab"`\\()!=<>+-*/%,.1 ', "IF(", "AND", "OR", "null", "REG_MATCH(", "\n"]
        ),
        max_size=20,
    ).map("".join)
)
def test_any_text_is_an_expression_or_a_spec_error(text: str) -> None:
    try:
        check_expression(text)
    except SpecError as error:
        assert error.status == 400 and error.text
