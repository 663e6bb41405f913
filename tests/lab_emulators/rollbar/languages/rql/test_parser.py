"""What RQL says, and what it does not: errors name the part and its place."""

import pytest

from lab_emulators.lang import nodes
from lab_emulators.rollbar.languages.rql import RqlError, parse
from lab_emulators.rollbar.languages.rql import nodes as tree

FROM = "FROM item_occurrence"


def value(text):
    """The tree of an expression."""
    return parse(f"SELECT {text} {FROM}").selected[0].value


def test_keywords_and_functions_are_known_in_any_case():
    query = parse("select COUNT(*) from item_occurrence Order By 1 dEsc")
    assert query.selected[0].value == nodes.FunctionCall("count", (nodes.Star(),))
    assert query.order[0].descending


def test_a_name_in_backticks_may_have_any_letters():
    assert value("`request.headers.User-Agent`") == nodes.Field(
        "request.headers.User-Agent"
    )


def test_multiplication_binds_before_addition_and_both_before_comparison():
    found = value("1 + 2 * 3 = x")
    assert found.op == "="
    assert found.left.op == "+"
    assert found.left.right.op == "*"


def test_and_binds_before_or_and_not_before_both():
    found = value("a OR NOT b AND c")
    assert isinstance(found, nodes.AnyOf)
    assert found.parts[1] == nodes.AllOf(
        (nodes.Not(nodes.Field("b")), nodes.Field("c"))
    )


def test_the_and_of_between_is_no_condition():
    found = value("a BETWEEN 1 AND 2 AND b")
    assert isinstance(found, nodes.AllOf)
    assert isinstance(found.parts[0], tree.RangeTest)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (r"'it''s'", "it's"),
        (r'"say ""hi"""', 'say "hi"'),
        (r"'a\nb\\'", "a\nb\\"),
        (r"'50\%'", r"50\%"),
        ("'\"'", '"'),
    ],
)
def test_quotes_and_escapes_are_undone(written, text):
    assert value(written) == nodes.Text(text)


def test_numbers_and_aliases_stand_for_what_was_selected():
    query = parse(
        f"SELECT lower(context) AS c, count(*) n {FROM} GROUP BY 1 ORDER BY n, c DESC"
    )
    assert query.groups == (query.selected[0].value,)
    assert [key.value for key in query.order] == [
        query.selected[1].value,
        query.selected[0].value,
    ]


def test_columns_are_named_as_they_are_written():
    query = parse(f"SELECT `a.B`, count( * ), max(x) AS top, `c` `d` {FROM}")
    assert [column.name for column in query.selected] == [
        "a.B",
        "count( * )",
        "top",
        "d",
    ]


@pytest.mark.parametrize(
    ("limit", "found"),
    [
        ("", (None, 0)),
        ("LIMIT 5", (5, 0)),
        ("LIMIT 2, 5", (5, 2)),
        ("LIMIT 5 OFFSET 2", (5, 2)),
        ("LIMIT 5;", (5, 0)),
    ],
)
def test_a_limit_may_skip(limit, found):
    query = parse(f"SELECT a {FROM} {limit}")
    assert (query.limit, query.skip) == found


@pytest.mark.parametrize(
    ("query", "part", "message"),
    [
        ("SELECT FROM item_occurrence", "FROM", "unexpected FROM"),
        ("SELECT a", "", "the query ends too early"),
        ("SELECT a FROM items", "items", "unknown table items"),
        (f"SELECT item.name {FROM}", "item.name", "unknown column item.name"),
        ("SELECT status FROM deploy", "status", "unknown column status"),
        (f"SELECT now() {FROM}", "now()", "unknown function now"),
        (f"SELECT lower(a, b) {FROM}", "lower(a, b)", "lower takes 1 arguments"),
        (f"SELECT sum(*) {FROM}", "*", "sum does not take *"),
        (f"SELECT sum(max(a)) {FROM}", "max(a)", "an aggregate inside another"),
        (f"SELECT a {FROM} WHERE count(*) > 1", "count(*)", "WHERE cannot have"),
        (f"SELECT a {FROM} GROUP BY lower(a)", "lower(a)", "not in SELECT"),
        (f"SELECT count(*) {FROM} GROUP BY 1", "1", "GROUP BY cannot have"),
        (f"SELECT a {FROM} GROUP BY 2", "2", "no such column"),
        (f"SELECT a {FROM} ORDER BY 0", "0", "no such column"),
        (f"SELECT * {FROM} GROUP BY a", "a", "cannot be combined with GROUP BY"),
        (f"SELECT * {FROM} ORDER BY count(*)", "count(*)", "SELECT * cannot have"),
        (f"SELECT DISTINCT a {FROM}", "DISTINCT", "count_distinct"),
        (f"SELECT count(distinct a) {FROM}", "distinct", "count_distinct"),
        (f"SELECT a {FROM} GROUP BY a HAVING b", "HAVING", "HAVING is not supported"),
        (f"SELECT a {FROM} JOIN deploy", "JOIN", "joins are not supported"),
        (f"SELECT a {FROM} UNION SELECT b {FROM}", "UNION", "UNION is not"),
        (f"SELECT a {FROM} WHERE b IN (SELECT 1)", "SELECT", "subqueries are not"),
        (f"SELECT a {FROM} WHERE EXISTS (b)", "EXISTS (b)", "EXISTS is not"),
        (f"SELECT a {FROM} WHERE a LIKE b", "b", "LIKE takes a quoted pattern"),
        (f"SELECT a {FROM} LIMIT 1.5", "1.5", "LIMIT takes whole numbers"),
        (f"SELECT a {FROM} LIMIT -1", "-", "unexpected -"),
        (f"SELECT a.b-C {FROM}", "C", "unexpected C"),
        (f"SELECT User {FROM}", "User", "in backticks"),
        (f"SELECT 'a {FROM}", "'", "unclosed '"),
        (f"SELECT a {FROM} WHERE a == 1", "=", "unexpected ="),
        (f"SELECT a {FROM} WHERE a REGEXP 'b'", "REGEXP", "unexpected REGEXP"),
        (f"DELETE {FROM}", "DELETE", "unexpected DELETE"),
        ("show tables", "show", "unexpected show"),
        (f"SELECT a {FROM} LIMIT {'9' * 16}, 5", "9" * 16, "too large"),
        (f"SELECT 1e999 {FROM}", "1e999", "too large"),
        (f"SELECT {'9' * 400} {FROM}", "9" * 400, "too large"),
    ],
)
def test_what_is_no_rql_is_refused_by_name_and_place(query, part, message):
    with pytest.raises(RqlError) as caught:
        parse(query)
    error = caught.value
    assert message in error.message
    assert query[error.start : error.end] == part
    assert str(error).endswith(f"at line 1, column {error.start + 1}")


def test_places_are_told_by_line():
    with pytest.raises(RqlError, match="at line 3, column 7"):
        parse("SELECT a\nFROM item_occurrence\nWHERE #")


def test_depth_and_length_are_bounded():
    with pytest.raises(RqlError, match="nest deeper"):
        parse(f"SELECT {'NOT ' * 100} a {FROM}")
    with pytest.raises(RqlError, match="nest deeper"):
        parse(f"SELECT {'1 + ' * 2000} 1 {FROM}")
    with pytest.raises(RqlError, match="longer than"):
        parse(f"SELECT a {FROM} WHERE b = '{'x' * 10_000}'")
