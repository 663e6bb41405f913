"""Logs Insights queries and events at random, for whoever answers queries."""

import json
from collections.abc import Callable, Iterator, Sequence

from hypothesis import strategies as st

WORDS = (
    *(
        "GET",
        "post",
        "Error 5",
        "error 12",
        "a1",
        "A",
        "",
        "x=1 y=2",
        "10.0.0.7",
        "::1",
    ),
    *(
        "\u00e99",
        " 12 ",
        "1e3",
        "0x1",
        "inf",
        "007",
        "\u0663",
        "-0",
        "+5",
        ".5",
        "1e400",
    ),
    *("true", '{"a": [1]}', "[2, {}]", "\t", "%_\\", "2023-11-14 22:13:20.000"),
)
NUMBERS = st.one_of(st.integers(-20, 300), st.sampled_from([0.5, 2.25, -1.5, 12.75]))
LEAVES = st.one_of(
    st.sampled_from(WORDS),
    NUMBERS,
    st.booleans(),
    st.none(),
    st.sampled_from(["7", "-2"]),
)
MESSAGES = st.one_of(
    st.fixed_dictionaries(
        {},
        optional={
            "level": st.sampled_from(["INFO", "WARN", "ERROR"]),
            "ms": NUMBERS,
            "mixed": LEAVES,
            "ok": st.booleans(),
            "http": st.fixed_dictionaries(
                {}, optional={"route": st.sampled_from(WORDS)}
            ),
            "http.status": st.sampled_from([200, 404, 503]),
            "items": st.lists(st.fixed_dictionaries({"id": LEAVES}), max_size=2),
        },
    ).map(json.dumps),
    st.sampled_from(
        ["user=ann, ip=10.0.0.7", "user=, ip=", "plain text", "[1, 2]", "{"]
    ),
)
EVENTS = st.lists(
    st.tuples(st.integers(0, 400_000), MESSAGES, st.sampled_from(["web", "worker"])),
    max_size=12,
)
FIELDS = [
    "level",
    "ms",
    "mixed",
    "ok",
    "http.route",
    "http.status",
    "items[0].id",
    "items.1.id",
    "absent",
    "@logStream",
    "@message",
]


def texts(*forms: str) -> Callable[..., st.SearchStrategy[str]]:
    """One of the forms, with strategies in the place of its names."""
    return lambda **parts: st.sampled_from(forms).flatmap(
        lambda form: st.fixed_dictionaries(parts).map(
            lambda found: form.format(**found)
        )
    )


def values(names: Sequence[str]) -> st.SearchStrategy[str]:
    """An expression over these fields."""
    leaves = st.one_of(
        st.sampled_from(list(names)),
        st.sampled_from(["0", "1", "2.5", "100", "'GET'", '"error 12"', "'7'"]),
    )

    def deeper(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        plain = texts(
            *("({a} + {b})", "({a} - {b})", "{a} * {b}", "({a}) / {b}", "({a}) % {b}"),
            *("-({a})", "abs({a})", "ceil({a})", "floor({a})", "sqrt(abs({a}))"),
            *("greatest({a}, {b})", "least({a}, {b}, 3)", "coalesce({a}, {b})"),
            *("concat({a}, '-', {b})", "strlen({a})", "toupper({a})", "tolower({a})"),
            *("trim({a})", "substr({a}, 1)", "substr({a}, 0, 3)", "toNumber({a})"),
            *("replace({a}, 'r', 'R')", "strcontains({a}, 'r')", "isempty({a})"),
            *("startsWith({a}, 'e')", "endsWith({a}, '2')", "isblank({a})"),
            *(
                "ispresent({a})",
                "isNumeric({a})",
                "ltrim({a}, 'eE')",
                "rtrim({a}, '2')",
            ),
            *("strcontains({a}, 'R', true)", "messageSize({a})", "({a}) ^ 2"),
            *("fromMillis({a})", "toMillis(@timestamp)", "datefloor(@timestamp, 2h)"),
            *("dateceil({a}, 1mo)", "bin(1w)", "coalesce(bin(1d), @timestamp)"),
            *("jsonStringify(jsonParse({a}))", "isValidIp({a})", "log({a})"),
            *("isIpInSubnet({a}, '10.0.0.0/8')", "isIpv6InSubnet({a}, '::/16')"),
        )(a=inner, b=inner)
        chosen = texts("if({c}, {a}, {b})", "case({c}, {a}, {b})")
        return st.one_of(
            plain, chosen(a=inner, b=inner, c=conditions(inner)), conditions(inner)
        )

    return st.recursive(leaves, deeper, max_leaves=4)


def conditions(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """A condition over values."""
    simple = texts(
        *("({a} = {b})", "({a} != {b})", "({a} < {b})", "({a} >= {b})"),
        *("({a} like 'r')", "({a} like /[Ee]rr/)", "({a} not like /^G/)"),
        *("({a} in [200, 'GET', 7])", "({a} not in ['a1', 1])", "ispresent({a})"),
    )(a=inner, b=inner)
    joined = texts("({a} and {b})", "({a} or {b})", "(not {a})")
    return st.one_of(simple, joined(a=simple, b=simple))


def commands(draw: st.DrawFn, names: list[str]) -> Iterator[str]:
    """Commands that may come before any stats; names of theirs are added."""
    kinds = ["fields", "filter", "parse", "fields as", "regex", "structure", "limit"]
    for number in range(draw(st.integers(0, 3))):
        kind = draw(st.sampled_from(kinds))
        if kind == "filter":
            yield f"filter {draw(conditions(values(names)))}"
        elif kind == "parse":
            yield f'parse @message "user=*, ip=*" as user{number}, ip{number}'
            names += [f"user{number}", f"ip{number}"]
        elif kind == "regex":
            yield f"parse @message /(?<word{number}>[a-z]+) /"
            names.append(f"word{number}")
        elif kind == "structure":
            yield f"fields jsonParse(@message) as j{number}"
            names += [f"j{number}.http.route", f"j{number}.items[0].id"]
        elif kind == "limit":
            yield f"sort {draw(st.sampled_from(names))} | limit 5"
            kinds.remove("limit")
        elif kind == "fields":
            yield f"fields @timestamp, {draw(st.sampled_from(names))}"
        else:
            yield f"fields {draw(values(names))} as v{number}"
            names.append(f"v{number}")


AGGREGATED = texts(
    *("count(*)", "count({a})", "count_distinct({a})", "sum({a})", "avg({a})"),
    *("min({a})", "max({a})", "pct({a}, 90)", "median({a})", "stddev({a})"),
    *("earliest({a})", "latest({a})", "sortsFirst({a})", "sortsLast({a})"),
    *("sum({a}) / count(*)", "max({a}) - min({a})", "if(sum({a}) > 9, 'many', 'few')"),
    *("concat(max({a}), '!')", "max(@timestamp)", "latest(@timestamp)", "max(1 + {a})"),
)


@st.composite
def queries(draw: st.DrawFn) -> str:
    """A valid query."""
    names = list(FIELDS)
    steps = list(commands(draw, names))
    if draw(st.booleans()):
        picked = st.sampled_from(names)
        found = draw(st.lists(AGGREGATED(a=picked), min_size=1, max_size=3))
        columns = [f"{each} as s{i}" for i, each in enumerate(found)]
        keys = draw(st.lists(picked, max_size=2, unique=True))
        keys += ["bin(1m)"] * draw(st.booleans())
        by = [f"{each} as g{i}" for i, each in enumerate(keys)]
        steps.append(
            f"stats {', '.join(columns)}" + (f" by {', '.join(by)}" if by else "")
        )
        names = [f"s{i}" for i in range(len(found))] + [f"g{i}" for i in range(len(by))]
        unlimited = not any("limit" in step for step in steps)
        if unlimited and draw(st.integers(0, 3)) == 0:
            once_more = draw(AGGREGATED(a=st.sampled_from(names)))
            if "@timestamp" not in once_more and "est(" not in once_more:
                steps.append(f"stats {once_more} as again by {names[-1]} as last")
                names = ["again", "last"]
    if draw(st.booleans()):
        keys = draw(st.lists(st.sampled_from(names), min_size=1, max_size=2))
        ways = [draw(st.sampled_from(["", " asc", " desc"])) for _ in keys]
        steps.append("sort " + ", ".join(map("".join, zip(keys, ways, strict=True))))
    end = draw(st.sampled_from(["", "limit", "dedup", "display"]))
    if end == "limit":
        steps.append(f"limit {draw(st.integers(1, 6))}")
    elif end:
        steps.append(f"{end} {draw(st.sampled_from(names))}")
    return " | ".join(steps or ["fields @timestamp"])
