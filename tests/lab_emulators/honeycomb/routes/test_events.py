"""The Events and Batch doors."""

import gzip
import json
from concurrent.futures import ThreadPoolExecutor

import msgpack
import pytest
import zstandard

from lab_emulators.honeycomb.config import (
    INGEST_KEY,
    NO_CREATE_INGEST_KEY,
    RequestLimits,
)

EMPTY = "Request body should not be empty."
MALFORMED = "Request body is malformed and cannot be read."
NOW_NS = 1_767_225_600_123_456_789


def test_an_event_is_stored_with_the_clock_of_the_server(api, rows):
    answer = api.post("/1/events/web", json={"path": "/", "ms": 12.5, "ok": True})
    assert (answer.status_code, answer.data) == (200, b"")
    assert rows("web") == [
        {"_time": NOW_NS, "_rate": 1, "path": "/", "ms": 12.5, "ok": True}
    ]


def test_headers_carry_an_events_time_and_rate(api, rows):
    headers = {"X-Honeycomb-Event-Time": "1767225600", "X-Honeycomb-Samplerate": "10"}
    api.post("/1/events/web", json={"a": 1}, headers=headers)
    assert rows("web") == [{"_time": 1_767_225_600 * 10**9, "_rate": 10, "a": 1}]


@pytest.mark.parametrize("rate", ["", "0", "-5", "2.5", "many", "9" * 5000])
def test_a_rate_that_is_none_means_one_or_the_largest(api, rows, rate):
    api.post("/1/events/w", json={"a": 1}, headers={"X-Honeycomb-Samplerate": rate})
    assert rows("w")[0]["_rate"] == (2**31 - 1 if rate.startswith("9") else 1)


def test_null_means_absent_and_makes_no_column(api, rows):
    api.post("/1/events/web", json={"name": "root", "trace.parent_id": None})
    assert rows("web") == [{"_time": NOW_NS, "_rate": 1, "name": "root"}]


def test_nested_values_are_kept_as_json_text(api, rows):
    api.post("/1/events/web", json={"user": {"id": 1}, "tags": ["ä", None]})
    assert rows("web")[0]["user"] == '{"id":1}'
    assert rows("web")[0]["tags"] == '["ä",null]'


def test_objects_expand_as_deep_as_the_dataset_says(api, rows):
    api.post("/1/datasets", json={"name": "web", "expand_json_depth": 2})
    api.post("/1/events/web", json={"a": {"b.c": {"d": {"e": 1}}, "f": 2}})
    (row,) = rows("web")
    assert (row["a.b.c.d"], row["a.f"]) == ('{"e":1}', 2)


@pytest.mark.parametrize("door", ["events", "batch"])
@pytest.mark.parametrize(
    ("encoding", "compress"), [("gzip", gzip.compress), ("zstd", zstandard.compress)]
)
def test_bodies_may_be_compressed(api, rows, door, encoding, compress):
    event = {"a": 1}
    body = json.dumps(event if door == "events" else [{"data": event}]).encode()
    headers = {"Content-Encoding": encoding}
    answer = api.post(f"/1/{door}/web", data=compress(body), headers=headers)
    assert answer.status_code == 200
    assert rows("web")[0]["a"] == 1


@pytest.mark.parametrize("kind", ["application/msgpack", "application/x-msgpack"])
def test_batches_may_be_msgpack(api, rows, kind):
    when = msgpack.Timestamp(1_767_225_600, 5)
    items = [{"time": when, "samplerate": 4, "data": {"a": "x"}}]
    answer = api.post("/1/batch/web", data=msgpack.packb(items), content_type=kind)
    assert answer.get_json() == [{"status": 202}]
    assert rows("web") == [{"_time": 1_767_225_600 * 10**9 + 5, "_rate": 4, "a": "x"}]


@pytest.mark.parametrize(
    "seconds, stored", [(-1, -(10**9) + 5), (10**10, NOW_NS), (-(2**40), NOW_NS)]
)
def test_times_of_msgpack_may_be_before_1970_or_beyond_64_bits(
    api, rows, seconds, stored
):
    items = [{"time": msgpack.Timestamp(seconds, 5), "data": {"a": 1}}]
    kind = "application/msgpack"
    api.post("/1/batch/web", data=msgpack.packb(items), content_type=kind)
    assert rows("web")[0]["_time"] == stored


@pytest.mark.parametrize("kind", ["text/plain", "application/json; charset=utf-8", ""])
def test_any_other_content_type_is_read_as_json(api, rows, kind):
    answer = api.post("/1/batch/web", data='[{"data":{"a":1}}]', content_type=kind)
    assert answer.get_json() == [{"status": 202}]
    assert len(rows("web")) == 1


def test_a_batch_answers_item_by_item_and_keeps_the_good_ones(api, rows):
    items = [
        {"data": {"a": 1}, "samplerate": 10, "time": "2026-01-01T00:00:00Z"},
        {"data": {}},
        {"samplerate": 2},
        {"data": [1]},
        "text",
        {"data": {"a": 2}, "samplerate": "ten"},
        {"data": {"a": 3}, "time": {"at": 1}},
        {"data": {"a": 4}, "time": 1767225600, "samplerate": 2.0},
    ]
    answer = api.post("/1/batch/web", json=items)
    bad = [{"status": 400, "error": text} for text in [EMPTY, EMPTY] + [MALFORMED] * 4]
    assert answer.status_code == 200
    assert answer.get_json() == [{"status": 202}, *bad, {"status": 202}]
    assert [(row["a"], row["_rate"]) for row in rows("web")] == [(1, 10), (4, 2)]


def test_a_batch_of_bad_items_creates_no_dataset(api, store):
    answer = api.post("/1/batch/web", json=[{"data": {}}])
    assert answer.get_json()[0]["status"] == 400
    assert store.tables() == []


@pytest.mark.parametrize("door", ["events", "batch"])
@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", EMPTY),
        (b"{", MALFORMED),
        (b'{"a": NaN}', MALFORMED),
        (b'[{"data":{"a":Infinity}}]', MALFORMED),
        (b'{"a": 1e999}', MALFORMED),
        (b'"text"', MALFORMED),
        (b'{"a":"\xff"}', MALFORMED),
        (b"\xef\xbb\xbf{}", MALFORMED),
        (b"[" * 100_000, MALFORMED),
    ],
)
def test_a_body_that_cannot_be_read_stores_nothing(api, store, door, body, text):
    answer = api.post(f"/1/{door}/web", data=body)
    assert (answer.status_code, answer.get_json()) == (400, {"error": text})
    assert store.tables() == []


@pytest.mark.parametrize(
    "body", [b"\xc1", b"\x81\xa1a\xcb", b"\x80\x80", b"\x81\x90\x01"]
)
def test_msgpack_that_cannot_be_read_stores_nothing(api, store, body):
    answer = api.post("/1/batch/w", data=body, content_type="application/msgpack")
    assert (answer.status_code, answer.get_json()) == (400, {"error": MALFORMED})
    assert store.tables() == []


@pytest.mark.parametrize(
    "data",
    [{"a": float("nan")}, {"a": [b"\xff"]}, {1: 2}, {"a": msgpack.Timestamp(1)}],
)
def test_msgpack_values_that_no_column_can_hold_are_refused(api, data):
    items = msgpack.packb([{"data": data}])
    answer = api.post("/1/batch/w", data=items, content_type="application/msgpack")
    assert answer.get_json() == [{"status": 400, "error": MALFORMED}]


def test_broken_compression_is_a_problem_that_names_it(api, store):
    answer = api.post("/1/events/w", data=b"x", headers={"Content-Encoding": "gzip"})
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert answer.get_json()["error"] == "invalid gzip data"
    assert store.tables() == []


@pytest.mark.parametrize(
    ("limits", "body", "text"),
    [
        ({"event_bytes": 50}, {"a": "x" * 100}, "Request body is too large."),
        ({"event_columns": 2}, dict.fromkeys("abc", 1), "Event has too many columns."),
    ],
)
def test_an_event_beyond_a_limit_is_refused(make_app, api, store, limits, body, text):
    client = make_app(limits=RequestLimits(**limits)).test_client()
    client.environ_base = api.environ_base
    assert client.post("/1/events/w", json=body).get_json() == {"error": text}
    items = [{"data": body}, {"data": {"a": 1}}]
    answer = client.post("/1/batch/w", json=items).get_json()
    assert answer == [{"status": 400, "error": text}, {"status": 202}]


def test_a_dataset_that_would_get_too_many_columns_takes_nothing(api, store):
    for start in range(0, 10_000, 2_000):
        event = {f"c{number}": 1 for number in range(start, start + 2_000)}
        assert api.post("/1/events/wide", json=event).status_code == 200
    for door, body in (("events", {"one more": 1}), ("columns", {"key_name": "x"})):
        answer = api.post(f"/1/{door}/wide", json=body)
        assert answer.status_code == 400
        assert answer.get_json() == {"error": "Dataset has too many columns."}
    assert len(store.table("wide").columns) == 10_000


def test_long_text_is_cut_to_the_documented_size(api, rows):
    api.post("/1/events/web", json={"a": "ä" * 40_000})
    assert len(rows("web")[0]["a"].encode()) == 65_534


def test_lone_surrogates_and_huge_numbers_are_stored_as_the_nearest_thing(api, rows):
    body = b'{"text": "a\\ud800b", "big": 123456789012345678901234567890}'
    assert api.post("/1/events/web", data=body).status_code == 200
    assert rows("web")[0]["text"] == "a\ufffdb"
    assert rows("web")[0]["big"] == pytest.approx(1.2345678901234568e29)


def test_the_first_event_fixes_the_casing_of_the_name(api, rows):
    api.post("/1/events/My%20Data", json={"a": 1})
    api.post("/1/events/my%20DATA", json={"a": 2})
    api.post("/1/events/my-data", json={"a": 3})
    names = [(d["name"], d["slug"]) for d in api.get("/1/datasets").get_json()]
    assert names == [("My Data", "my-data")]
    assert [row["a"] for row in rows("my-data")] == [1, 2, 3]


@pytest.mark.parametrize(
    "name", ["a/b", "a%2Fb", "__all__", "__All__", "%20", "x" * 256]
)
def test_names_that_no_dataset_can_have_are_not_found(api, store, name):
    assert api.post(f"/1/events/{name}", json={"a": 1}).status_code == 404
    assert store.tables() == []


def test_a_key_that_creates_no_datasets_writes_to_what_exists(stranger, rows):
    poor = {"X-Honeycomb-Team": NO_CREATE_INGEST_KEY}
    refused = stranger.post("/1/events/web", json={"a": 1}, headers=poor)
    assert refused.status_code == 404
    assert refused.get_json()["error"] == "Dataset not found"
    rich = {"X-Honeycomb-Team": INGEST_KEY}
    for key, event in ((rich, {"a": 1}), (poor, {"a": 2})):
        answer = stranger.post("/1/events/web", json=event, headers=key)
        assert answer.status_code == 200
    assert [row["a"] for row in rows("web")] == [1, 2]


@pytest.mark.parametrize("path", ["/1/events/web", "/v1/logs"])
def test_bringing_events_does_not_wait_for_the_database(api, store, rows, path):
    logs = {"resourceLogs": [{"scopeLogs": [{"logRecords": [{}]}]}]}
    headers = {"X-Honeycomb-Team": NO_CREATE_INGEST_KEY, "X-Honeycomb-Dataset": "web"}
    api.post("/1/events/web", json={"a": 1})
    assert len(rows("web")) == 1
    with ThreadPoolExecutor(1) as pool, store.applying_paused():
        for _ in range(2):
            asked = pool.submit(api.post, path, json=logs, headers=headers)
            assert asked.result(20).status_code == 200
    assert len(rows("web")) == 3
