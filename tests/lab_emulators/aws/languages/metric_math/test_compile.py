"""Metric math on series, against an evaluator that goes time by time."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab_emulators.aws.languages.metric_math import (
    EvaluationContext,
    MetricSeries,
    evaluate,
    parse,
)
from lab_emulators.lang.source import QueryError

TIMES = range(0, 600, 60)
NUMBERS = st.integers(-9, 9).map(float)
LINES = st.dictionaries(st.sampled_from(TIMES), NUMBERS, max_size=8)


def value_of(text, **series):
    lines = {
        name: MetricSeries(dict(sorted(points.items())), 60, name)
        for name, points in series.items()
    }

    def named(name):
        if name not in lines:
            raise QueryError(f"unknown id {name!r}")
        return lines[name]

    grid = lambda period: range(0, 600, period)  # noqa: E731
    return evaluate(parse(text), EvaluationContext(named, tuple(lines), grid, 60))


def points_of(text, **series):
    return value_of(text, **series).points


LEAVES = st.one_of(st.sampled_from(["a", "b"]), NUMBERS.map(lambda n: f"({n})"))
SIGNS = ["+", "-", "*", "/", "==", "!=", "<", "<=", ">", ">=", " AND ", " OR "]


def larger(inner):
    binary = st.tuples(inner, st.sampled_from(SIGNS), inner).map("".join)
    called = st.tuples(st.sampled_from(["ABS", "CEIL", "FLOOR"]), inner)
    return st.one_of(
        binary.map(lambda text: f"({text})"),
        called.map(lambda parts: f"{parts[0]}({parts[1]})"),
        inner.map(lambda text: f"(-{text})"),
    )


KNOWN = {"ABS": abs, "CEIL": math.ceil, "FLOOR": math.floor}


def plain(node, values):
    """The value at one time in plain Python, None where there is none."""
    kind = type(node).__name__
    if kind == "Number":
        return node.value
    if kind == "Field":
        return values.get(node.name)
    if kind == "Negative":
        inner = plain(node.part, values)
        return None if inner is None else -inner
    if kind == "FunctionCall":
        inner = plain(node.args[0], values)
        return None if inner is None else float(KNOWN[node.name](inner))
    left, right = (plain(n, values) for n in (node.left, node.right))
    if left is None or right is None or (node.op == "/" and right == 0):
        return None
    sign = {"AND": "and", "OR": "or"}.get(node.op, node.op)
    found = eval(f"({left!r}) {sign} ({right!r})")
    return float(bool(found)) if node.op in ("AND", "OR") else float(found)


@settings(max_examples=4 * settings().max_examples)
@given(st.recursive(LEAVES, larger, max_leaves=8), LINES, LINES)
def test_operators_and_functions_work_time_by_time(text, a, b):
    found = value_of(f"(a*0 + {text})", a=a, b=b).points
    for time in TIMES:
        here = {n: s[time] for n, s in (("a", a), ("b", b)) if time in s}
        expected = plain(parse(f"(a*0 + {text})"), here)
        assert found.get(time) == expected


@given(LINES, LINES, st.sampled_from(["AVG", "SUM", "MIN", "MAX", "DATAPOINT_COUNT"]))
def test_an_array_folds_to_one_series_over_all_times(a, b, function):
    found = points_of(f"{function}([a, b])", a=a, b=b)
    fold = {
        "AVG": lambda v: sum(v) / len(v),
        "SUM": sum,
        "MIN": min,
        "MAX": max,
        "DATAPOINT_COUNT": len,
    }[function]
    for time in TIMES:
        here = [line[time] for line in (a, b) if time in line]
        assert found.get(time) == (fold(here) if here else None)


A = {0: 1.0, 60: 4.0, 240: 10.0}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("DIFF(a)", {60: 3, 240: 6}),
        ("DIFF_TIME(a)", {60: 60, 240: 180}),
        ("RATE(a)", {60: 0.05, 240: 6 / 180}),
        ("RUNNING_SUM(a)", {0: 1, 60: 5, 240: 15}),
        ("a - AVG(a)", {0: -4, 60: -1, 240: 5}),
        ("a / SUM(a)", {0: 1 / 15, 60: 4 / 15, 240: 10 / 15}),
        ("a + STDDEV(a)", {t: v + 14**0.5 for t, v in A.items()}),
        ("a / PERIOD(a)", {0: 1 / 60, 60: 4 / 60, 240: 10 / 60}),
        ("IF(a > 3, a)", {60: 4, 240: 10}),
        ("IF(a > 3, a, 0 - a)", {0: -1, 60: 4, 240: 10}),
        ("IF(MAX(a) > 9, a * 2, a)", {0: 2, 60: 8, 240: 20}),
        ("a / (a - 4)", {0: -1 / 3, 240: 10 / 6}),
        ("LOG10(a - 4)", {240: math.log10(6)}),
        ("LOG(a)", {t: math.log(v) for t, v in A.items()}),
        ("a ^ 0.5", {0: 1, 60: 2, 240: 10**0.5}),
        ("(a - 4) ^ 0.5", {60: 0, 240: 6**0.5}),
        ("MINUTE(a)", {0: 0, 60: 1, 240: 4}),
        ("HOUR(a) + DATE(a) + MONTH(a)", {0: 2, 60: 2, 240: 2}),
        ("YEAR(a) * 10 + DAY(a)", {0: 19704, 60: 19704, 240: 19704}),  # a Thursday
        ("EPOCH(a)", {0: 0, 60: 60, 240: 240}),
        ("LAST([a, a * 2])", {0: 2, 60: 8, 240: 20}),
        ("FIRST(SORT([a, a * 2], MAX, DESC))", {0: 2, 60: 8, 240: 20}),
        ("FIRST(SLICE([a, a * 2], 1))", {0: 2, 60: 8, 240: 20}),
        ("a * METRIC_COUNT(METRICS())", A),
        ("a * DATAPOINT_COUNT(a)", {0: 3, 60: 12, 240: 30}),
        ("FIRST(REMOVE_EMPTY([IF(a > 99, a), a]))", A),
    ],
)
def test_functions_as_the_guide_describes_them(text, expected):
    assert points_of(text, a=A) == pytest.approx(expected)


def test_fill_closes_gaps_in_the_time_that_is_asked_for():
    filled = points_of("FILL(a, 0)", a=A)
    assert filled == dict.fromkeys(TIMES, 0.0) | A
    assert list(filled) == list(TIMES)
    repeated = points_of("FILL(a, REPEAT)", a={60: 4.0, 240: 10.0})
    assert repeated == {t: 4.0 if t < 240 else 10.0 for t in TIMES if t}
    linear = points_of("FILL(a, LINEAR)", a=A)
    assert linear == {0: 1.0, 60: 4.0, 120: 6.0, 180: 8.0, 240: 10.0}
    assert points_of("FILL(a, b)", a={0: 1.0}, b={0: 5.0, 60: 6.0}) == {0: 1, 60: 6}


def test_a_number_becomes_a_series_of_it():
    assert points_of("TIME_SERIES(MAX(a))", a=A) == dict.fromkeys(TIMES, 10.0)
    assert points_of("MAX([a, 5])", a=A) == {**dict.fromkeys(TIMES, 5.0), 240: 10.0}


def test_metrics_takes_those_with_a_text_in_their_id():
    lines = value_of("METRICS('b')", a={}, bee={}, crab={})
    assert [line.label for line in lines] == ["bee", "crab"]


def test_arrays_meet_member_by_member():
    lines = value_of("[a, b] - [b, a]", a={0: 1.0}, b={0: 3.0})
    assert [line.points for line in lines] == [{0: -2}, {0: 2}]
    with pytest.raises(QueryError, match="different numbers"):
        value_of("[a, b] - [a]", a={}, b={})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("NOPE(a)", "unknown function NOPE"),
        ("ABS(a, a)", "does not take 2"),
        ("FIRST(a)", r"takes TS\[\], not TS"),
        ("PERIOD(1)", "takes TS, not S"),
        ("TIME_SERIES(a)", "takes S, not TS"),
        ("AVG(3)", "not a number"),
        ("FILL(a, ASC)", "REPEAT or LINEAR"),
        ("SORT([a], LINEAR, ASC)", "SORT takes"),
        ("IF(a, [a], a)", "TS or S"),
        ("'text' + 1", "is no value"),
        ("METRICS(a)", "one text"),
        ("SERVICE_QUOTA(a)", "not emulated locally: SERVICE_QUOTA"),
        ("ANOMALY_DETECTION_BAND(a)", "not emulated locally: ANOMALY_DETECTION_BAND"),
    ],
)
def test_what_makes_no_sense_is_refused(text, said):
    with pytest.raises(QueryError, match=said):
        value_of(text, a=A)
