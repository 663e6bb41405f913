"""Queries over the store, beside the same queries row by row."""

import json
import runpy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, count
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lab_emulators.aws.languages.insights.parser import parse
from lab_emulators.aws.languages.insights.run import (
    LogRange,
    QueryOutput,
    RunSettings,
    run,
)
from lab_emulators.store import Batch, QueryInterruptedError, Row, Store

START_MS = 1_700_000_000_000
NOW_S = 1_700_000_400
SETTING = RunSettings(lambda group, ms, seq: f"{group}|{ms}|{seq}", NOW_S)
Events = Sequence[Any]
Ask = Callable[..., QueryOutput]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder: Path = tmp_path_factory.mktemp("insights")
    with Store.open(folder / "logs.duckdb") as opened:
        yield opened


@pytest.fixture(scope="module")
def ask(store: Store) -> Ask:
    """The answer of a query over these events, in tables of their own."""
    numbers = count()

    def answer(query: str, events: Events, *, limit: int = 10_000) -> QueryOutput:
        mark = f"#{next(numbers)}"
        names = list(dict.fromkeys(event.group for event in events))
        for name in names:
            rows = [_row(event) for event in events if event.group == name]
            store.append([Batch.from_rows(name + mark, name, rows)])
        tables = [name + mark for name in names]
        with store.reader() as reader:
            span = LogRange([*tables, "a group without events"], 0, 2 * START_MS)
            return run(parse(query), reader, span, replace(SETTING, limit=limit))

    return answer


@pytest.fixture(scope="module")
def event(oracle: ModuleType) -> Callable[..., Any]:
    """The event that says so, one second after the one before it in number."""

    def build(message: Any, seq: int = 0, group: str = "/lab/app") -> Any:
        text = message if isinstance(message, str) else json.dumps(message)
        at = START_MS + 1000 * seq
        return oracle.Event(at, text, "web", group, at + 7, seq)

    return build


def _row(event: Any) -> Row:
    values = {
        "message": event.message,
        "stream": event.stream,
        "ingested": event.ingested_ms,
        "seq": event.seq,
    }
    return Row(event.time_ms * 1_000_000, 1, values)


def cells(answer: QueryOutput) -> list[list[tuple[str, str]]]:
    """The fields of every row, without `@ptr`."""
    return [
        [(c["field"], c["value"]) for c in row if c["field"] != "@ptr"]
        for row in answer.rows
    ]


def assert_alike(answer: QueryOutput, expected: list[list[dict[str, str]]]) -> None:
    """The same rows; numbers may differ by what the order of a sum makes of them."""
    found = cells(answer)
    wanted = [[(c["field"], c["value"]) for c in row] for row in expected]
    assert [[name for name, _ in row] for row in found] == [
        [name for name, _ in row] for row in wanted
    ]
    for one, other in zip(chain(*found), chain(*wanted), strict=True):
        if one != other:
            assert float(one[1]) == pytest.approx(float(other[1]), rel=1e-9)


@settings(max_examples=2 * settings().max_examples)
@given(data=st.data())
def test_random_queries_give_what_each_row_says(
    ask: Ask, oracle: ModuleType, random_queries: ModuleType, data: st.DataObject
) -> None:
    query = data.draw(random_queries.queries())
    events = [
        oracle.Event(START_MS + ms, message, stream, seq=seq)
        for seq, (ms, message, stream) in enumerate(data.draw(random_queries.EVENTS))
    ]
    assert_alike(ask(query, events), oracle.answer(query, events))


def test_every_function_gives_what_the_rules_say(
    store: Store, oracle: ModuleType
) -> None:
    cases = runpy.run_path(str(Path(__file__).with_name("test_oracle.py")))
    at = oracle.Event(START_MS + 1234, json.dumps(cases["EVENT"]))
    store.append([Batch.from_rows("cases", "cases", [_row(at)])])
    found = {}
    with store.reader() as reader:
        for expression, _ in cases["VALUES"]:
            query = parse(f"fields {expression} as x")
            answer = run(query, reader, LogRange(["cases"], 0, 2 * START_MS), SETTING)
            found[expression] = dict(cells(answer)[0]).get("x")
    assert found == dict(cases["VALUES"])


letters = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
leaves = st.one_of(letters, st.integers(-9, 9), st.booleans(), st.none())
documents = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["a", "b", "a.b", "0", "é"]), inner),
    ),
    max_leaves=8,
)
messages = st.one_of(
    letters,
    documents.map(json.dumps),
    documents.map(lambda found: json.dumps(found, ensure_ascii=False)),
    documents.map(lambda found: json.dumps({"a": found})[:-1]),
)
ODD = (
    "fields a, a.b, a.b.a, a[0], a.0.b, `é`, b.é",
    "stats count(*), count(a), max(a.b), sortsLast(b) by a",
    'parse @message "a*b*" as one, two | sort one, two desc, @message',
    "parse @message /(?<k>[A-Za-z0-9]+)[^a-z]*(?<v>.)/ | dedup k | limit 3",
    "fields jsonParse(@message) as doc | fields doc.a, doc[1], jsonStringify(doc)",
    "filter a like /[a-zé]/ or b = '' | fields strlen(a), concat(a, '·', b)",
    "filter not (a.b > 3) and ispresent(@message) | stats count(*) by bin(1s)",
)


@pytest.mark.parametrize("query", ODD)
@settings(max_examples=settings().max_examples // 2)
@given(texts=st.lists(messages, max_size=6))
@example(texts=['{"a":{"":"","b":""},"":"","a.b":[]}'])
def test_odd_messages_are_no_errors_and_no_exceptions_to_the_rules(
    ask: Ask, oracle: ModuleType, event: Any, query: str, texts: list[str]
) -> None:
    events = [event(text, seq) for seq, text in enumerate(texts)]
    assert_alike(ask(query, events), oracle.answer(query, events))


def test_an_event_ends_with_its_pointer(ask: Ask, event: Any) -> None:
    (row,) = ask("fields @message", [event("hello", 3)]).rows
    assert [cell["field"] for cell in row] == ["@message", "@ptr"]
    assert row[-1]["value"].split("|")[1:] == [str(START_MS + 3000), "3"]


def test_statistics_have_no_pointer(ask: Ask, event: Any) -> None:
    (row,) = ask("stats count(*)", [event("hello")]).rows
    assert row == [{"field": "count(*)", "value": "1"}]


def test_an_event_tells_where_it_comes_from(ask: Ask, event: Any) -> None:
    query = "fields @timestamp, @ingestionTime, @logStream, @log"
    (row,) = cells(ask(query, [event("x", 1)]))
    found = dict(row)
    assert found["@timestamp"] == "2023-11-14 22:13:21.000"
    assert found["@ingestionTime"] == "2023-11-14 22:13:21.007"
    assert found["@logStream"] == "web"
    assert found["@log"].startswith("123456789012:/lab/app")


def test_several_groups_are_one(ask: Ask, event: Any) -> None:
    events = [event("x", seq, group) for seq, group in enumerate(["/a", "/b", "/a"])]
    rows = cells(ask("stats count(*) as n by strlen(@log) > 0 as any", events))
    assert rows == [[("any", "1"), ("n", "3")]]


def test_nothing_asked_is_nothing_found(ask: Ask) -> None:
    for query in ("fields @message", "stats count(*)", "stats count(*) by bin(1m)"):
        answer = ask(query, [])
        assert answer.rows == []
        assert set(answer.statistics.values()) == {0.0}


def test_stats_build_on_stats(ask: Ask, event: Any) -> None:
    events = [event({"ms": ms}, seq) for seq, ms in enumerate([1, 3, 5, 70])]
    query = """stats max(ms) as top by bin(2s)
        | stats sum(top) as sum, count(*) as n | filter n > 1"""
    assert cells(ask(query, events)) == [[("sum", "73"), ("n", "2")]]


@pytest.mark.parametrize(
    "query, matched",
    [
        ("fields @message", 4),
        ("filter ms > 2", 3),
        ("filter ms > 2 | limit 1", 3),
        ("filter ms > 2 | stats count(*) by bin(1h) | limit 1", 3),
        ("filter ms > 2 | stats max(ms) as top | filter top > 100", 3),
        ("filter ms > 2 | fields ms * 2 as twice | filter twice > 7 | dedup ms", 2),
        ("filter ms > 100 | stats count(*)", 0),
    ],
)
def test_statistics_count_what_was_read_and_what_matched(
    ask: Ask, event: Any, query: str, matched: int
) -> None:
    events = [event(f'{{"ms": {ms}}}', seq) for seq, ms in enumerate([1, 3, 5, 7])]
    size = sum(len(each.message) for each in events)
    expected = {"recordsMatched": matched, "recordsScanned": 4, "bytesScanned": size}
    assert ask(query, events).statistics == expected


def test_the_limit_is_for_queries_that_have_none(ask: Ask, event: Any) -> None:
    events = [event("x", seq) for seq in range(5)]
    assert len(ask("fields @message", events, limit=2).rows) == 2
    assert len(ask("fields @message | limit 4", events, limit=2).rows) == 4


def test_only_the_time_asked_about_is_read(
    store: Store, oracle: ModuleType, event: Any
) -> None:
    rows = [_row(event("x", seq)) for seq in range(4)]
    store.append([Batch.from_rows("timed", "timed", rows)])
    with store.reader() as reader:
        span = LogRange(["timed"], START_MS + 1000, START_MS + 3000)
        answer = run(parse("fields @timestamp"), reader, span, SETTING)
    assert len(answer.rows) == answer.statistics["recordsScanned"] == 2


def test_a_query_that_was_stopped_answers_nothing(store: Store, event: Any) -> None:
    store.append([Batch.from_rows("stopped", "stopped", [_row(event("x"))])])
    with store.reader() as reader:
        reader.interrupt()
        with pytest.raises(QueryInterruptedError):
            run(parse("fields @message"), reader, LogRange(["stopped"], 0, 1), SETTING)


def test_a_column_of_stats_may_use_those_before_it(ask: Ask, event: Any) -> None:
    events = [event({"route": "/a", "mem": mem}) for mem in (100, 300)]
    query = (
        "stats max(mem) as used, 512 - used as free, free / used * 100 as share, "
        "avg(mem) / used as mean by route | sort by free desc"
    )
    (row,) = ask(query, events).rows
    found = {cell["field"]: cell["value"] for cell in row}
    shown = [found[name] for name in ("route", "used", "free", "mean")]
    assert shown == ["/a", "300", "212", repr(200 / 300)]
    assert float(found["share"]) == pytest.approx(212 / 3)


def test_columns_that_build_on_each_other_stay_one_short_statement(
    ask: Ask, event: Any
) -> None:
    columns = ["count(*) as c0", *(f"c{n} + c{n} as c{n + 1}" for n in range(40))]
    (row,) = ask(f"stats {', '.join(columns)} | display c40", [event("x")]).rows
    assert row == [{"field": "c40", "value": str(2**40)}]
