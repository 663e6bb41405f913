"""Text to tree: everything the query language has, and nothing else."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_emulators.aws.languages.insights.nodes import (
    DedupCommand,
    DisplayCommand,
    FieldsCommand,
    FilterCommand,
    LimitCommand,
    OutputColumn,
    ParseGlob,
    ParseRegex,
    Period,
    RegexLiteral,
    SortCommand,
    StatsCommand,
    TextMatch,
    Unit,
)
from lab_emulators.aws.languages.insights.parser import (
    MAX_LENGTH,
    MalformedQuery,
    parse,
)
from lab_emulators.lang import nodes
from lab_emulators.lang.nodes import (
    AllOf,
    AnyOf,
    Binary,
    Boolean,
    Field,
    FunctionCall,
    In,
    Negative,
    Not,
    Number,
    SortKey,
    Star,
    Text,
)

A, B, C = Field("a"), Field("b"), Field("c")
ONE, TWO = Number(1), Number(2)
COMMANDS = {
    "fields a, b as c": FieldsCommand(
        (OutputColumn("a", A), OutputColumn("c", B, named=True))
    ),
    "FIELDS abs( a )": FieldsCommand(
        (OutputColumn("abs( a )", FunctionCall("abs", (A,))),)
    ),
    "display a": DisplayCommand((OutputColumn("a", A),)),
    "filter a = 1": FilterCommand(Binary("=", A, ONE)),
    "where a = 1": FilterCommand(Binary("=", A, ONE)),
    "stats count(*)": StatsCommand(
        (OutputColumn("count(*)", FunctionCall("count", (Star(),))),)
    ),
    "stats count() as n by a, bin(5m) as t": StatsCommand(
        (OutputColumn("n", FunctionCall("count", ()), named=True),),
        (
            OutputColumn("a", A),
            OutputColumn(
                "t", FunctionCall("bin", (Period(5, Unit.MINUTE),)), named=True
            ),
        ),
    ),
    "sort a desc, b asc, c": SortCommand(
        (SortKey(A, descending=True), SortKey(B), SortKey(C))
    ),
    "limit 20": LimitCommand(20),
    "limit any 3": LimitCommand(3),
    "dedup a, b": DedupCommand((A, B)),
    'parse a "[*] *" as b, c': ParseGlob(A, ("[", "] ", ""), ("b", "c")),
    "parse 'x=*' as b": ParseGlob(Field("@message"), ("x=", ""), ("b",)),
    r"parse a /(?<b>\d+)\/(?<c>.)/": ParseRegex(
        A, RegexLiteral(r"(?P<b>\d+)/(?P<c>.)"), ("b", "c")
    ),
}
CONDITIONS = {
    "a = 1 or a = 2 and not b = 1": AnyOf(
        (
            Binary("=", A, ONE),
            AllOf((Binary("=", A, TWO), Not(Binary("=", B, ONE)))),
        )
    ),
    "(a = 1 or a = 2) and b = 1": AllOf(
        (
            AnyOf((Binary("=", A, ONE), Binary("=", A, TWO))),
            Binary("=", B, ONE),
        )
    ),
    "a like 'x'": TextMatch(A, Text("x")),
    "a NOT LIKE /x|[/]y/": Not(TextMatch(A, RegexLiteral("x|[/]y"))),
    "a =~ /x/": TextMatch(A, RegexLiteral("x")),
    "a in [1, 'x', -2]": In(A, (ONE, Text("x"), Negative(TWO))),
    "a not in ['x']": Not(In(A, (Text("x"),))),
    "a": A,
    "not(a)": Not(A),
    "isPresent(a)": FunctionCall("ispresent", (A,)),
    "a / b / 2 >= c": Binary(">=", Binary("/", Binary("/", A, B), TWO), C),
    "a + b * c ^ 2 ^ 1 != 1": Binary(
        "!=",
        Binary(
            "+",
            A,
            Binary(
                "*",
                B,
                Binary("^", C, Binary("^", TWO, ONE)),
            ),
        ),
        ONE,
    ),
    "a = true": Binary("=", A, Boolean(True)),  # noqa: FBT003
    "limit > 1": Binary(">", Field("limit"), ONE),
    "by.in = 1": Binary("=", Field("by.in"), ONE),
    "nothing = 1": Binary("=", Field("nothing"), ONE),
    "a = 1 # and b = 1": Binary("=", A, ONE),
    "a = '# \\'1\\' | \"2\"'": Binary("=", A, Text("# '1' | \"2\"")),
}
NAMES = {
    "@timestamp": "@timestamp",
    "http.route": "http.route",
    "`foo-bar`": "foo-bar",
    "detail.`user.id`.x": "detail.user.id.x",
    "users[1].action": "users.1.action",
    "items.0.id": "items.0.id",
    "größe": "größe",
    "_x1": "_x1",
}
PERIODS = {
    **dict.fromkeys(["1ms", "1msec", "1 millisecond", "1milliseconds"], (1, "ms")),
    **dict.fromkeys(["30s", "30sec", "30secs", "30 second", "30SECONDS"], (30, "s")),
    **dict.fromkeys(["5m", "5min", "5 mins", "5minutes"], (5, "m")),
    **dict.fromkeys(["2h", "2hr", "2hrs", "2 hours"], (2, "h")),
    **dict.fromkeys(["1d", "1day", "1days"], (1, "d")),
    **dict.fromkeys(["1w", "1weeks"], (1, "w")),
    **dict.fromkeys(["3mo", "3mon", "3mons", "3 months", "3mos"], (3, "mo")),
    **dict.fromkeys(["1q", "1qtr", "1quarter"], (1, "q")),
    **dict.fromkeys(["1y", "1yr", "1 year"], (1, "y")),
    "5000ms": (1000, "ms"),
    "300s": (60, "s"),
    "90m": (60, "m"),
    "48h": (24, "h"),
    "60d": (60, "d"),
}


WORDS = (
    *("fields", "filter", "stats", "sort", "limit", "parse", "dedup", "display", "by"),
    *("as", "in", "like", "not", "and", "or", "|", ",", "(", ")", "[", "]", "*", "/"),
    *("+", "-", "^", "%", "=", "!=", "=~", "a", "@b", "`c`", "1", "2.5", "5m", "'x'"),
    *('"y"', "/z/", "#", "\n", "count(", "bin(", "jsonParse(", "ispresent(", "true"),
    *("`", "'", '"', "\\", "/(?<n>x)/", "/(", "é"),
)


def only(query):
    """The one command of a query."""
    (command,) = parse(query).commands
    return command


@pytest.mark.parametrize(("text", "expected"), COMMANDS.items(), ids=list(COMMANDS))
def test_a_command_becomes_its_tree(text, expected):
    assert only(text) == expected


@pytest.mark.parametrize(("text", "expected"), CONDITIONS.items(), ids=list(CONDITIONS))
def test_a_condition_becomes_its_tree(text, expected):
    assert only(f"filter {text}") == FilterCommand(expected)


@pytest.mark.parametrize(("text", "name"), NAMES.items(), ids=list(NAMES))
def test_a_name_loses_its_quotes_and_brackets(text, name):
    assert only(f"fields {text}").columns == (OutputColumn(name, Field(name)),)


@pytest.mark.parametrize(("text", "expected"), PERIODS.items(), ids=list(PERIODS))
def test_a_period_has_every_published_unit_and_its_cap(text, expected):
    (column,) = only(f"stats count(*) by bin({text})").groups
    assert column.value.args == (Period(expected[0], Unit(expected[1])),)


def test_commands_are_parted_by_pipes_whatever_the_lines():
    query = parse("fields a\n  # | filter a = 1\n\t| sort a|limit 2 # done\n")
    assert [type(each) for each in query.commands] == [
        FieldsCommand,
        SortCommand,
        LimitCommand,
    ]


def test_an_unnamed_column_is_named_as_written_on_one_line():
    query = parse("stats sum(a)\n  / 2 by\n substr(b, 1)")
    (stats,) = query.commands
    assert [stats.aggregates[0].name, stats.groups[0].name] == [
        "sum(a) / 2",
        "substr(b, 1)",
    ]


def test_every_node_knows_its_place():
    text = "fields a | filter (b + 1) * 2 > abs(c) and a not in [1]"
    seen, pending = [], [parse(text).commands[1].condition]
    while pending:
        node = pending.pop(0)
        seen.append(text[slice(*node.span)])
        pending += nodes.parts(node)
    assert seen[:4] == [
        "(b + 1) * 2 > abs(c) and a not in [1]",
        "(b + 1) * 2 > abs(c)",
        "a not in [1]",
        "(b + 1) * 2",
    ]


def test_what_stats_computed_is_a_column_for_whatever_follows():
    query = parse("stats SUM(a) by b | filter sum(a) > 1 | sort `SUM(a)` desc, sum(a)")
    column = Field("SUM(a)")
    assert query.commands[1] == FilterCommand(Binary(">", column, ONE))
    assert query.commands[2].keys == (SortKey(column, descending=True), SortKey(column))


def test_a_second_stats_counts_anew():
    query = parse("stats count(*) as n by a | stats count(*), sum(count(*)) as m")
    counted, summed = query.commands[1].aggregates
    assert counted.value == FunctionCall("count", (Star(),))
    assert summed.value == FunctionCall("sum", (Field("n"),))


# of the user guide's pages on the language
SAMPLES = Path(__file__).with_name("sample_queries.txt").read_text("utf-8").splitlines()


@pytest.mark.parametrize("query", SAMPLES)
def test_a_published_form_of_query_is_understood(query):
    assert len(parse(query).commands) == query.count(" | ") + 1


@given(
    st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join) | st.text(max_size=60)
)
def test_any_text_is_a_query_or_malformed(text):
    try:
        assert parse(text).commands
    except MalformedQuery as error:
        assert 0 <= error.start <= error.end <= len(text)
        assert error.line >= 1 and error.column >= 1


@pytest.mark.parametrize(
    "nested",
    [
        "fields " + "(" * 3000 + "a" + ")" * 3000,
        "filter " + " or ".join(f"a{i % 200} = {i}" for i in range(700)),
        "filter a in [" + ",".join(map(str, range(2000))) + "]",
    ],
)
def test_a_long_query_is_as_good_as_a_short_one(nested):
    assert len(nested) <= MAX_LENGTH
    assert len(parse(nested).commands) == 1


def test_sort_may_say_by() -> None:
    assert parse("sort by a desc, b") == parse("sort    a desc, b")
    assert parse("sort by `by`").commands[0].keys[0].value == Field("by")  # type: ignore[union-attr]


@pytest.mark.parametrize("text", ["stats b + 1 as c, max(a) as b", "stats b as c"])
def test_a_column_of_stats_uses_none_that_comes_later(text: str) -> None:
    with pytest.raises(MalformedQuery, match="b is not inside an aggregate"):
        parse(text)
