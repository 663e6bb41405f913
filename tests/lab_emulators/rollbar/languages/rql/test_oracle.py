"""Random queries, answered by one SQL statement and by a loop over the rows."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab_emulators.rollbar.languages.rql import parse

NOW_S = 1_767_225_600
_FIELDS = """
timestamp occurrence_id uuid level environment project_slug item.id item.counter
item.title item.level item.status item.framework item.assigned_user_id
item.resolved_in_version item.total_occurrences language person person.id
person.username body.trace.exception.class custom.a custom.b custom.half
custom.list custom.list.0 custom.list.7 custom.missing nowhere.at.all
`custom.Odd-Name` `request.headers.User-Agent`
"""
_CONSTANTS = "0 1 2 7 2.5 50 1767200000 'x%' '7' '' 'lab' \"Ann\" 'é' null true false"
FIELDS = st.sampled_from(_FIELDS.split())
CONSTANTS = st.sampled_from(_CONSTANTS.split())
PATTERNS = st.sampled_from(["%", "_", "x\\%", "%r%", "TypeE__or%", "python%2._", ""])


def joined(*parts):
    return st.tuples(*parts).map(" ".join)


def word(*words):
    return st.sampled_from(words)


def deeper(inner):
    call = st.one_of(
        st.builds(
            "{}({})".format, word("lower", "upper", "char_length", "length"), inner
        ),
        st.builds("{}({}, {})".format, word("left", "right", "locate"), inner, inner),
        st.builds("{}({}, {})".format, word("substring", "concat"), inner, inner),
        st.builds(
            "{}({}, {}, {})".format,
            word("substring", "if", "locate", "concat_ws"),
            inner,
            inner,
            inner,
        ),
    )
    never = word("", "NOT")
    condition = st.one_of(
        joined(inner, word("=", "!=", "<>", "<", "<=", ">", ">="), inner),
        joined(inner, word("AND", "or"), inner),
        joined(word("NOT"), inner),
        joined(inner, word("IS", "is not"), word("NULL", "TRUE", "FALSE")),
        joined(inner, never, word("BETWEEN"), inner, word("and"), inner),
        st.builds("{} {} IN ({}, {})".format, inner, never, inner, inner),
        st.builds("{} {} LIKE '{}'".format, inner, never, PATTERNS),
    )
    number = joined(inner, word("+", "-", "*", "/", "DIV", "mod"), inner)
    return (
        st.one_of(condition, number, st.builds("-{}".format, inner)).map("({})".format)
        | call
    )


VALUES = st.recursive(FIELDS | CONSTANTS, deeper, max_leaves=6)
AGGREGATES = st.one_of(
    st.just("count(*)"),
    st.builds(
        "{}({})".format,
        word("count", "count_distinct", "sum", "avg", "min", "max"),
        VALUES,
    ),
)
KEYS = st.lists(VALUES.filter(lambda text: text[0] not in "0127'\"5nt(-"), max_size=2)
TAILS = st.builds(
    "{} {} LIMIT {}, {}".format,
    st.just(""),
    word("", "ORDER BY 1", "ORDER BY 1 DESC", "ORDER BY custom.a, 1 desc"),
    word("0", "0", "2"),
    word("5", "100"),
)
PLAIN = st.builds(
    "SELECT {} FROM item_occurrence WHERE {} {}".format,
    st.lists(VALUES, min_size=1, max_size=3).map(", ".join),
    VALUES,
    TAILS,
)


@st.composite
def grouped(draw):
    keys = draw(KEYS)
    made = [draw(AGGREGATES), f"({draw(AGGREGATES)} + {draw(AGGREGATES)})"]
    selected = ", ".join([*keys, *made])
    by = f"GROUP BY {', '.join(map(str, range(1, len(keys) + 1)))}" if keys else ""
    where = draw(st.just("") | st.builds("WHERE {}".format, VALUES))
    order = draw(word("", f"ORDER BY {len(keys) + 1} DESC", f"ORDER BY {made[0]}"))
    return f"SELECT {selected} FROM item_occurrence {where} {by} {order}"


@settings(max_examples=2 * settings().max_examples)
@given(query=PLAIN | grouped())
def test_a_query_answers_what_a_loop_over_the_rows_would(query, ask, oracle, rows):
    found = ask(query)
    wanted = oracle.answer(parse(query), rows, NOW_S)
    asked = len(found.selected)
    assert [row[:asked] for row in found.rows] == [
        [
            pytest.approx(cell, rel=1e-9) if isinstance(cell, float) else cell
            for cell in row
        ]
        for row in wanted
    ], query
