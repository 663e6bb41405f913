"""What is wrong with a query is said, and where."""

import pytest

from lab_emulators.aws.languages.insights.functions import (
    FUNCTIONS,
    NOT_EMULATED,
    NOT_EMULATED_COMMANDS,
)
from lab_emulators.aws.languages.insights.parser import MalformedQuery, parse
from lab_emulators.aws.languages.insights.scope import MAX_FIELDS
from lab_emulators.lang.nodes import Text

# a query, the part the error is about, words of its message
WRONG = [
    ("", "", "ends too early"),
    ("  # only this", "", "ends too early"),
    ("fields a |", "", "ends too early"),
    ("fields a | | limit 1", "|", "unexpected symbol found |"),
    ("nonsense a", "nonsense", "unknown command nonsense"),
    ("fields a | bin(5m)", "bin", "unknown command bin"),
    ("fields a b", "b", "unexpected symbol found b"),
    ("fields a, ", "", "ends too early"),
    ("fields foo-bar.`x", ".", "unexpected symbol found ."),
    ("filter a ~ 3", "~", "unexpected symbol found ~"),
    ("filter a == 3", "=", "unexpected symbol found ="),
    ("filter 3", "3", "a condition is expected"),
    ("filter a + 1", "a + 1", "a condition is expected"),
    ("filter a = 1 and b * 2", "b * 2", "a condition is expected"),
    ("filter not strlen(a)", "strlen(a)", "a condition is expected"),
    ("filter a = 'x", "'", "unexpected symbol found '"),
    ("filter a in []", "]", "unexpected symbol found ]"),
    ("filter a like b", "b", "unexpected symbol found b"),
    ("filter a like /(?=x)/", "/(?=x)/", "RE2"),
    ("filter a like /(/", "/(/", "RE2"),
    ("fields foo(a)", "foo(a)", "unknown function foo"),
    ("fields abs()", "abs()", "abs takes 1 argument or more"),
    ("fields abs(a, b)", "b", "abs takes 1 argument"),
    ("fields now(1)", "1", "now takes 0 arguments"),
    ("fields bin(5)", "5", "bin takes a period"),
    ("fields bin(0m)", "0m", "bin takes a period"),
    ("fields abs(5m)", "5m", "abs takes a number"),
    ("fields abs(*)", "*", "abs takes a number"),
    ("fields datefloor(5m, @timestamp)", "5m", "takes a timestamp"),
    ("fields if(a + 1, b, c)", "a + 1", "if takes a condition"),
    ("fields isIpInSubnet(a, b)", "b", "takes a subnet"),
    ("fields isIpInSubnet(a, '10.0.0.0/99')", "'10.0.0.0/99'", "takes a subnet"),
    ("fields jsonStringify(a)", "a", "a map or list"),
    ("fields count(*)", "count(*)", "count is an aggregate"),
    ("filter max(a) > 1", "max(a)", "max is an aggregate"),
    ("stats a", "a", "not inside an aggregate"),
    ("stats sum(a) + b", "b", "not inside an aggregate"),
    ("stats 1", "1", "needs an aggregate"),
    ("stats avg(count(*))", "count(*)", "count is an aggregate"),
    ("stats count(*) by sum(a)", "sum(a)", "sum is an aggregate"),
    ("stats pct(a)", "pct(a)", "pct takes 2 arguments"),
    ("stats pct(a, 101)", "101", "from 0 to 100"),
    ("stats pct(a, b)", "b", "from 0 to 100"),
    ("stats count(*) as n | filter m > 1", "m", "unknown symbols found in or after"),
    ("stats sum(a) by b | stats max(c)", "c", "in or after stats: c"),
    ("stats count(*) by a | sort b", "b", "in or after stats: b"),
    ("stats count(*) by a | display @message", "@message", "in or after stats"),
    ("stats count(*) by a | dedup b", "b", "in or after stats"),
    ("stats sum(a) as s by b | stats avg(s) by bin(5m)", "bin(5m)", "needs @timestamp"),
    ("stats sum(a) as s by b | stats latest(s)", "latest(s)", "needs @timestamp"),
    ("limit 5 | stats count(*) as n by a | stats sum(n)", "limit 5", "follow the last"),
    ("stats count(*) as n | sort n | stats sum(n)", "sort n", "follow the last"),
    ("fields a as x | fields b as x", "b as x", "x is defined twice"),
    ("fields a as x | parse 'y=*' as x", "parse 'y=*' as x", "x is defined twice"),
    ("dedup a | fields b", "fields b", "only limit may follow dedup"),
    ("dedup a | limit 2 | sort b", "sort b", "only limit may follow dedup"),
    ("limit 0", "limit 0", "limit takes 1 to"),
    ("limit 100001", "limit 100001", "limit takes 1 to"),
    ("limit 1.5", "1.5", "a whole number"),
    ("limit -1", "-", "unexpected symbol found -"),
    ("limit", "", "ends too early"),
    ("sort", "", "ends too early"),
    ("parse 'a=*, b=*' as x", "'a=*, b=*' as x", "2 wildcards in the pattern, 1 names"),
    ("parse /x=(.*)/", "/x=(.*)/", "needs a named group"),
    ("parse @message logfmt as x", "logfmt", "logfmt is not emulated locally"),
    ("fields jsonParse(a) as j | sort j", "j", "a map or list cannot be used"),
    ("fields jsonParse(a) as j | dedup j", "j", "a map or list cannot be used"),
    ("stats count(*) by jsonParse(a)", "jsonParse(a)", "a map or list cannot be used"),
    ("fields " + "-" * 200 + "a", None, "nested more than 100 deep"),
    ("fields " + "+".join("a" * 200), None, "nested more than 100 deep"),
    ("fields a" + " " * 10_000, " ", "longer than 10000 characters"),
    *(
        (f"fields a | {name} b", name, f"command {name}")
        for name in sorted(NOT_EMULATED_COMMANDS)
    ),
    *((f"fields {n}(a)", f"{n}(a)", f"function {n}") for n in sorted(NOT_EMULATED)),
]


@pytest.mark.parametrize(
    ("query", "part", "words"), WRONG, ids=[query[:40] for query, _, _ in WRONG]
)
def test_an_error_names_what_is_wrong_and_where(query, part, words):
    with pytest.raises(MalformedQuery) as caught:
        parse(query)
    assert words in caught.value.message
    if part is not None:
        assert query[caught.value.start : caught.value.end].strip() == part.strip()


def test_a_place_is_a_line_and_a_position_too():
    with pytest.raises(MalformedQuery) as caught:
        parse("fields a\n| sort a\n  | filter ~")
    found = caught.value
    assert (found.line, found.column, found.start, found.end) == (3, 12, 29, 30)
    assert str(found) == "unexpected symbol found ~ at line 3 and position 12"


def test_ten_stats_are_enough():
    query = " | ".join(["stats count(*) as n"] * 10)
    assert len(parse(query).commands) == 10
    with pytest.raises(MalformedQuery, match="more than 10 stats"):
        parse(f"{query} | stats count(*)")


def test_no_function_is_both_known_and_not_emulated():
    assert not NOT_EMULATED & set(FUNCTIONS)


@pytest.mark.parametrize("name", sorted(n for n, f in FUNCTIONS.items() if f.takes))
def test_a_function_is_known_in_any_case_and_too_few_arguments_are_said(name):
    function = FUNCTIONS[name]
    assert name == function.name.lower()
    with pytest.raises(MalformedQuery, match=f"{function.name} takes"):
        parse(f"{'stats' if function.aggregate else 'fields'} {name.upper()}()")


@pytest.mark.parametrize("command", ["fields {}", "stats count(*), {}"])
def test_a_query_reads_only_so_many_fields(command: str) -> None:
    column = "x{}" if command.startswith("fields") else "sum(x{})"
    names = [column.format(n) for n in range(MAX_FIELDS + 1)]
    parse(command.format(",".join(names[:-1])))
    text = command.format(",".join(names))
    with pytest.raises(MalformedQuery, match="more than 200 fields") as error:
        parse(text)
    assert error.value.start == text.rindex(f"x{MAX_FIELDS}")


def test_the_pattern_of_like_is_no_column_of_stats():
    found = parse("""stats count(*) by "a" | filter `"a"` like "a" """)
    assert found.commands[1].condition.pattern == Text("a")
