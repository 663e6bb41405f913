"""Whatever arrives at any door: no failure of ours, and a refusal stores nothing."""

import gzip
import json
from collections.abc import Iterator

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lab_emulators.honeycomb.app import create_app
from lab_emulators.honeycomb.config import LAB_KEY, HoneycombConfig
from lab_emulators.store import Store

PLACES = ["web", "__all__", "none", "%ff", "a%2Fb", "", ".", "web/"]
DOORS = [
    ("POST", "/1/events/{}"),
    ("POST", "/1/batch/{}"),
    ("POST", "/v1/traces"),
    ("POST", "/v1/logs"),
    ("POST", "/1/datasets"),
    ("PUT", "/1/datasets/{}"),
    ("GET", "/1/datasets/{}"),
    ("POST", "/1/columns/{}"),
    ("PUT", "/1/columns/{}/x"),
    ("GET", "/1/columns/{}"),
    ("POST", "/1/derived_columns/{}"),
    ("PUT", "/1/derived_columns/{}/x"),
    ("PATCH", "/1/dataset_definitions/{}"),
    ("POST", "/1/queries/{}"),
    ("POST", "/1/query_results/{}"),
    ("GET", "/1/query_results/{}/x"),
]
# names that mean something somewhere, so that values land where they are read
_WORDS = """
name key_name type description hidden alias expression settings query_id limit
expand_json_depth delete_protected breakdowns calculations filters orders
havings column op value order granularity time_range start_time end_time
formulas calculated_fields filter_combination calculate_op
compare_time_offset_seconds usage_mode disable_series data time samplerate
resourceSpans scopeSpans spans resource attributes key stringValue intValue
arrayValue values kvlistValue traceId spanId startTimeUnixNano events links
status code resourceLogs scopeLogs logRecords body severityNumber error user
COUNT P95 HEATMAP web n exists in AND OR float GT($n,1) CONCAT( root.n any2.n
is_root
"""
WORDS = st.sampled_from(_WORDS.split())
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | WORDS
    | st.sampled_from(["\ud800", 10**400, -(2**63) - 1, 1e308, "\0", "x" * 300])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(WORDS | st.text(max_size=4), inner, max_size=5)
    ),
    max_leaves=20,
)
BODIES = VALUES.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=80)
KINDS = st.sampled_from(
    ["application/json", "application/x-protobuf", "application/msgpack", "text/plain"]
)
ENCODINGS = st.sampled_from(["", "", "gzip", "zstd", "br", "\x7f"])
HONEST = {"gzip": gzip.compress, "zstd": zstandard.compress}


class Target:
    """One emulator for all examples, and how many rows and datasets it holds."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.client = create_app(store, HoneycombConfig()).test_client()
        self.client.environ_base["HTTP_X_HONEYCOMB_TEAM"] = LAB_KEY
        self.client.post("/1/events/web", json={"n": 1, "name": "a"})

    def counts(self) -> dict[str, int]:
        with self.store.reader() as reader:
            return {
                info.name: reader.execute(
                    f"SELECT count(*) AS n FROM {info.physical}"
                ).to_pylist()[0]["n"]
                for info in reader.tables()
            }


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with Store.open(tmp_path_factory.mktemp("fuzz") / "events.duckdb") as store:
        yield Target(store)


@pytest.mark.parametrize(("method", "path"), DOORS)
@settings(
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(body=BODIES, kind=KINDS, encoding=ENCODINGS, place=st.sampled_from(PLACES))
def test_no_request_fails_and_no_refused_request_leaves_a_trace(
    target, method, path, body, kind, encoding, place
):
    body = HONEST.get(encoding, bytes)(body)
    before = target.counts()
    answer = target.client.open(
        path.format(place),
        method=method,
        data=body,
        headers={"Content-Type": kind, "Content-Encoding": encoding},
    )
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert target.counts() == before
        assert answer.data


@settings(database=None, derandomize=True)
@given(spec=st.dictionaries(WORDS, VALUES, max_size=6))
def test_no_query_fails_whatever_it_says(target, spec):
    made = target.client.post("/1/queries/web", data=json.dumps(spec))
    assert made.status_code in (200, 400, 422), made.text
    if made.status_code == 200:
        body = {"query_id": made.get_json()["id"]}
        ran = target.client.post("/1/query_results/web", json=body)
        assert ran.status_code in (201, 400, 422), ran.text


@settings(database=None, derandomize=True)
@given(data=VALUES, time=VALUES, rate=VALUES)
def test_each_batch_item_gets_its_own_status(target, data, time, rate):
    item = {"data": data, "time": time, "samplerate": rate}
    before = sum(target.counts().values())
    body = json.dumps([item, {"data": {"n": 1}}])
    answer = target.client.post("/1/batch/web", data=body)
    stored = sum(target.counts().values()) - before
    if answer.status_code == 200:
        statuses = [entry["status"] for entry in answer.get_json()]
        assert statuses[1] == 202 and statuses[0] in (202, 400)
        assert stored == statuses.count(202)
    else:  # NaN and the like: no JSON at all
        assert (answer.status_code, stored) == (400, 0)
