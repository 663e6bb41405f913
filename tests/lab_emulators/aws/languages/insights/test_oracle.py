"""What queries mean: the cases that the evaluator of these tests stands on."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

# an expression, the value it has for the event below; None is missing
EVENT = {
    "ms": 12.5,
    "n": 7,
    "text": "xyZxyfooxyZ",
    "ok": True,
    "no": False,
    "null": None,
    "empty": "",
    "blank": " \t",
    "digits": "200",
    "ip": "192.0.2.10",
    "http": {"route": "/api", "items": [{"id": 5}]},
    "http.status": 503,
    "db": {"name": "orders"},
    "db.name": [],
    "nested": '{"users": [{"user.id": 9}, {"name": "ann"}]}',
}
VALUES = [
    ("ms / 5", "2.5"),
    ("n + 3", "10"),
    ("n - 3", "4"),
    ("n * 2", "14"),
    ("n % 4", "3"),
    ("2 ^ 3", "8"),
    ("-2 ^ 2", "-4"),
    ("1 + 2 * 3", "7"),
    ("n / 0", None),
    ("absent + 1", None),
    ("text + 1", None),
    ("digits + 1", "201"),
    ("ok", "1"),
    ("no", "0"),
    ("null", None),
    ("empty", ""),
    ("http", None),
    ("http.route", "/api"),
    ("http.status", "503"),
    ("db.name", "orders"),
    ("http.items[0].id", "5"),
    ("http.items.0.id", "5"),
    ("http.items[1].id", None),
    ("abs(3 - n)", "4"),
    ("ceil(ms)", "13"),
    ("floor(ms)", "12"),
    ("greatest(n, ms, absent)", "12.5"),
    ("least(n, ms, text)", "7"),
    ("log(1)", "0"),
    ("log(0)", None),
    ("sqrt(16)", "4"),
    ("sqrt(-1)", None),
    ("round(ms)", "13"),
    ("round(2.345, 2)", "2.35"),
    ("toNumber(digits)", "200"),
    ("ispresent(empty)", "1"),
    ("isPresent(absent)", "0"),
    ("coalesce(absent, null, n)", "7"),
    ("if(n > 5, 'many', 'few')", "many"),
    ("if(absent > 5, 'many', 'few')", "few"),
    ("case(n > 9, 'a', n > 5, 'b', 'c')", "b"),
    ("case(n > 9, 'a', n > 8, 'b')", None),
    ("isNumeric(digits)", "1"),
    ("isNumeric(text)", "0"),
    ("messageSize('é')", "2"),
    ("strlen('é')", "1"),
    ("isempty(absent)", "1"),
    ("isempty(blank)", "0"),
    ("isblank(blank)", "1"),
    ("concat(n, '-', text)", "7-xyZxyfooxyZ"),
    ("concat(n, absent)", None),
    ("ltrim(text, 'xyZ')", "fooxyZ"),
    ("rtrim('xyZfooxyxyZ', 'xyZ')", "xyZfoo"),
    ("trim('xyZxyfooxyxyZ', 'xyZ')", "foo"),
    ("trim('  a ')", "a"),
    ("toupper('aé')", "AÉ"),
    ("tolower('AB')", "ab"),
    ("substr('xyZfooxyZ', 3, 3)", "foo"),
    ("substr('xyZfooxyZ', 6)", "xyZ"),
    ("replace('a.b.c', '.', '-')", "a-b-c"),
    ("strcontains(text, 'foo')", "1"),
    ("strcontains(text, 'FOO')", "0"),
    ("strcontains(text, 'FOO', true)", "1"),
    ("startsWith(text, 'xyZ')", "1"),
    ("endsWith(text, 'xy')", "0"),
    ("isValidIp(ip)", "1"),
    ("isValidIp(absent)", "0"),
    ("isIpv6InSubnet(ip, '::/0')", "0"),
    ("isValidIpV4('2001:db8::1')", "0"),
    ("isValidIpV6('2001:db8::1')", "1"),
    ("isIpInSubnet(ip, '192.0.2.0/24')", "1"),
    ("isIpv4InSubnet('198.51.100.1', '192.0.2.0/24')", "0"),
    ("isIpv6InSubnet('2001:db8::1', '2001:db8::/32')", "1"),
    ("@timestamp", "2023-11-14 22:13:21.234"),
    ("bin(1m)", "2023-11-14 22:13:00.000"),
    ("bin(300s)", "2023-11-14 22:13:00.000"),
    ("bin(2 hours)", "2023-11-14 22:00:00.000"),
    ("bin(1w)", "2023-11-09 00:00:00.000"),
    ("bin(1mo)", "2023-11-01 00:00:00.000"),
    ("bin(1q)", "2023-10-01 00:00:00.000"),
    ("bin(1y)", "2023-01-01 00:00:00.000"),
    ("datefloor(@timestamp, 1d)", "2023-11-14 00:00:00.000"),
    ("dateceil(@timestamp, 1h)", "2023-11-14 23:00:00.000"),
    ("dateceil(fromMillis(0), 1h)", "1970-01-01 00:00:00.000"),
    ("dateceil(@timestamp, 1 month)", "2023-12-01 00:00:00.000"),
    ("fromMillis(1700000001234)", "2023-11-14 22:13:21.234"),
    ("toMillis(@timestamp)", "1700000001234"),
    ("now()", "1700000400"),
    ("jsonParse(nested)", '{"users": [{"user.id": 9}, {"name": "ann"}]}'),
    ("jsonStringify(jsonParse(' [1]'))", " [1]"),
    ("jsonParse(text)", None),
    ("toupper(jsonParse(nested))", None),
    ("n > 5 and ms < 20", "1"),
    ("n > 5 and absent < 20", "0"),
    ("n < 5 and absent < 20", "0"),
    ("n > 5 or absent < 20", "1"),
    ("not n > 5", "0"),
    ("digits = 200.0", "1"),
    ("text = 200", "0"),
    ("text > 200", "1"),
    ("text > 'abc'", "1"),
    ("absent != 1", "0"),
    ("not absent = 1", "1"),
    ("absent not like 'x'", "1"),
    ("concat(bin(1y))", "1672531200000"),
    ("coalesce(absent, @timestamp, n)", "1700000001234"),
    ("coalesce(@timestamp, bin(1y))", "2023-11-14 22:13:21.234"),
    ("jsonParse(nested) = nested", "0"),
    ("text like 'foo'", "1"),
    ("text like /(?i)FOO/", "1"),
    ("text not like /^foo/", "1"),
    ("text =~ /Z$/", "1"),
    ("digits in [100, 200]", "1"),
    ("digits not in ['100']", "1"),
    ("absent in [1]", "0"),
]


@pytest.fixture
def event(oracle):
    """Makes events of JSON messages, one second apart."""

    def make(message, seconds=0, **members):
        text = message if isinstance(message, str) else json.dumps(message)
        members["time_ms"] = 1_700_000_001_234 + 1000 * seconds
        return oracle.Event(message=text, **members)

    return make


@pytest.fixture
def column(oracle):
    """The values of one field over the rows of the results, None where missing."""

    def values(query, events, name):
        rows = [
            {f["field"]: f["value"] for f in r} for r in oracle.answer(query, events)
        ]
        return [row.get(name) for row in rows]

    return values


@pytest.mark.parametrize(("expression", "value"), VALUES, ids=[v[0] for v in VALUES])
def test_an_expression_has_its_value(column, event, expression, value):
    assert column(f"fields {expression} as it", [event(EVENT)], "it") == [value]


@pytest.mark.parametrize(
    ("aggregate", "value"),
    [
        ("count(*)", "5"),
        ("count()", "5"),
        ("count(ms)", "4"),
        ("count_distinct(ms)", "3"),
        ("sum(ms)", "40"),
        ("avg(ms)", "13.333333333333334"),
        ("min(ms)", "10"),
        ("max(ms)", "20"),
        ("pct(ms, 90)", "18"),
        ("median(ms)", "10"),
        ("stddev(ms)", "5.773502691896257"),
        ("earliest(ms)", "slow"),
        ("latest(ms)", "10"),
        ("sortsFirst(ms)", "slow"),
        ("sortsLast(ms)", "20"),
        ("max(@timestamp)", "2023-11-14 22:13:25.234"),
        ("sum(ms) / count(ms)", "10"),
        ("avg(absent)", None),
    ],
)
def test_an_aggregate_has_its_value(column, event, aggregate, value):
    found = ["slow", 10, 20, 10, None]
    events = [event({"ms": ms}, at) for at, ms in enumerate(found)]
    assert column(f"stats {aggregate} as it", events, "it") == [value]


def test_the_order_is_that_of_the_documentation(column, event):
    ordered = ["!:", "#", "*%04", "0#", "5A", "111A", "2345_", "@", "@_", "A"]
    ordered += ["A9876fghj", "a12345hfh", "0", "1", "2", "3"]
    events = [event({"x": x}, i) for i, x in enumerate([None, *ordered])]
    assert column("fields x | sort x", events, "x") == [*ordered, None]
    assert column("fields x | sort x desc", events, "x") == [*ordered[::-1], None]


def test_dedup_keeps_the_first_and_what_lacks_the_field(column, event):
    events = [event({"x": x, "i": i}, i) for i, x in enumerate(["a", None, "a", None])]
    assert column("fields i | dedup x", events, "i") == ["3", "2", "1"]


def test_fields_add_and_the_last_display_replaces(oracle, event):
    found = oracle.answer(
        "fields n, ms | fields ok | display n | display ok, text", [event(EVENT)]
    )
    assert [each["field"] for each in found[0]] == ["ok", "text"]


def test_without_fields_timestamp_message_and_what_was_parsed_are_shown(oracle, event):
    events = [event("user=ann, ip=10.0.0.7"), event("other", 1)]
    found = oracle.answer('parse @message "user=*, ip=*" as user, ip', events)
    names = [[each["field"] for each in row] for row in found]
    assert names == [
        ["@timestamp", "@message"],
        ["@timestamp", "@message", "user", "ip"],
    ]
    assert found[1][2:] == [
        {"field": "user", "value": "ann"},
        {"field": "ip", "value": "10.0.0.7"},
    ]


def test_groups_come_in_the_order_of_their_keys(oracle, event):
    events = [event({"r": r}, i) for i, r in enumerate(["b", "a10", None, "a9", "b"])]
    found = oracle.answer("stats count(*) by r", events)
    texts = [[each["value"] for each in row] for row in found]
    assert texts == [["a9", "1"], ["a10", "1"], ["b", "2"], ["1"]]


def test_stats_of_stats_and_of_nothing(oracle, event):
    events = [event({"r": r}, i) for i, r in enumerate("aab")]
    twice = "stats count(*) as n by r | stats max(n), count(*) | fields max(n) * 2 as m"
    assert [f["value"] for f in oracle.answer(twice, events)[0]] == ["2", "2", "4"]
    assert oracle.answer(twice, []) == []


def test_a_structure_is_looked_into(column, event):
    query = "fields jsonParse(nested) as j | fields j.users[0].`user.id` as it"
    assert column(query, [event(EVENT)], "it") == ["9"]
    query = "fields jsonParse(nested) as j | filter j.users[1].name = 'ann' | display j"
    assert column(query, [event(EVENT)], "j") == [EVENT["nested"]]


@settings(max_examples=2 * settings().max_examples)
@given(data=st.data())
def test_every_random_query_has_an_answer(oracle, random_queries, data):
    query = data.draw(random_queries.queries())
    events = [
        oracle.Event(ms, message, stream, seq=seq)
        for seq, (ms, message, stream) in enumerate(data.draw(random_queries.EVENTS))
    ]
    found = oracle.answer(query, events)
    assert len(found) <= len(events)
    assert all(isinstance(each["value"], str) for row in found for each in row)
