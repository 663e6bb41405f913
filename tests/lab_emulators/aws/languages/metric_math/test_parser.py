"""Metric math as text: precedence, words, errors with their place."""

import pytest

from lab_emulators.aws.languages.metric_math import parse
from lab_emulators.aws.languages.metric_math.nodes import Array
from lab_emulators.lang.nodes import Binary, Field, FunctionCall, Negative, Number, Text
from lab_emulators.lang.source import QueryError


def bare(node):
    """The tree as nested text, every operator in brackets."""
    match node:
        case Number(value):
            return f"{value:g}"
        case Field(value):
            return value
        case Text(value):
            return f"'{value}'"
        case Array(items):
            return f"[{' '.join(map(bare, items))}]"
        case FunctionCall(name, args):
            return f"{name}({' '.join(map(bare, args))})"
        case Negative(operand):
            return f"(-{bare(operand)})"
        case Binary(sign, left, right):
            return f"({bare(left)} {sign} {bare(right)})"


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("m1+m2*m3", "(m1 + (m2 * m3))"),
        ("m1-m2-m3", "((m1 - m2) - m3)"),
        ("-m1^2", "(-(m1 ^ 2))"),
        ("2^-1", "(2 ^ (-1))"),
        ("+m1", "m1"),
        ("a>1 AND b<=2 || c==3", "(((a > 1) AND (b <= 2)) OR (c == 3))"),
        ("m1 && m2 or m3", "((m1 AND m2) OR m3)"),
        ("SUM([m1, m2])/PERIOD(m1)", "(SUM([m1 m2]) / PERIOD(m1))"),
        ("fill(metrics('err'), 0)", "FILL(METRICS('err') 0)"),
        ("METRICS()", "METRICS()"),
        ("1.5e2*.5", "(150 * 0.5)"),
        ("order+android", "(order + android)"),
    ],
)
def test_expressions_read_as_aws_reads_them(text, tree):
    assert bare(parse(text)) == tree


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "ends too early"),
        ("m1 +", "ends too early"),
        ("(m1", "ends too early"),
        ("m1 m2", "'m2' at position 3"),
        ("m1 $ 2", "'$ 2' at position 3"),
        ("m1)", "position 2"),
        ("[]", "position 1"),
        ("-" * 2000 + "m1", "nested too deeply"),
        ("1" * 3000, "at most 2048"),
        ("select max(x) from y", "not emulated locally: Metrics Insights"),
    ],
)
def test_what_cannot_be_read_says_where(text, said):
    with pytest.raises(QueryError, match=said.replace("$", r"\$")):
        parse(text)
