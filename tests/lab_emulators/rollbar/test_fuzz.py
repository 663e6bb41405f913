"""Whatever arrives at the door: no failure of ours, and a refusal stores nothing."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_emulators.rollbar.app import create_app
from lab_emulators.rollbar.config import LAB_TOKENS, RollbarConfig, TokenScope
from lab_emulators.rollbar.items.repository import ItemRepository
from lab_emulators.store import Store
from lab_emulators.web.flask_app import EXTENSION

# names that mean something somewhere, so that values land where they are read
_WORDS = """
    environment body trace trace_chain message crash_report frames filename method
    lineno colno code exception class description raw telemetry level timestamp
    code_version platform language framework context request user_ip $remote_ip person
    id username email server host root branch client javascript custom fingerprint
    title uuid notifier browser error critical access_token data
"""
WORDS = st.sampled_from(_WORDS.split())
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | WORDS
    | st.sampled_from(["\ud800", 10**400, 2**63, -(2**63) - 1, 1e308, "\0", "x" * 300])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(WORDS | st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)
TEXTS = st.text(max_size=12) | st.sampled_from(["\ud800", "\0", "2026-01-01", "f" * 50])
FRAMES = st.fixed_dictionaries(
    {"filename": TEXTS}, optional={"method": TEXTS, "lineno": SCALARS, "code": TEXTS}
)
TRACES = st.fixed_dictionaries(
    {
        "frames": st.lists(FRAMES, max_size=3),
        "exception": st.fixed_dictionaries(
            {"class": TEXTS}, optional={"message": TEXTS, "description": SCALARS}
        ),
    }
)
BODIES = st.one_of(
    st.fixed_dictionaries({"message": st.fixed_dictionaries({"body": TEXTS})}),
    st.fixed_dictionaries({"trace": TRACES}),
    st.fixed_dictionaries({"trace_chain": st.lists(TRACES, max_size=2)}),
    st.fixed_dictionaries({"crash_report": st.fixed_dictionaries({"raw": TEXTS})}),
    VALUES,
)
# nearly right, so that most pass the first checks and reach the store
DATA = st.fixed_dictionaries(
    {"environment": st.sampled_from(["lab", "lab", "é", "\ud800", ""]), "body": BODIES},
    optional={
        "level": st.sampled_from(["error", "debug", 7]),
        "timestamp": st.floats() | st.integers() | st.just(1_767_225_600),
        "person": st.fixed_dictionaries({"id": SCALARS}),
        "uuid": TEXTS,
        "title": TEXTS,
        "fingerprint": TEXTS,
        "code_version": TEXTS,
        "server": st.dictionaries(WORDS, SCALARS, max_size=3),
        "client": st.dictionaries(WORDS, VALUES, max_size=2),
        "request": st.dictionaries(WORDS, SCALARS, max_size=3),
        "custom": VALUES,
        "platform": st.sampled_from(["linux", "browser", 7]),
    },
)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ItemRepository]:
    path = tmp_path_factory.mktemp("fuzz") / "items.duckdb"
    with Store.open(path) as opened:
        app = create_app(opened, RollbarConfig())
        found: ItemRepository = app.extensions[EXTENSION].repository
        found.app = app  # type: ignore[attr-defined]
        yield found


def counts(repository):
    """Occurrences stored, and counted by all items: the same, or something is half."""
    stored = repository.occurrences(limit=10**6)
    items = repository.items()
    assert len(stored) == sum(item.total for item in items)
    assert {o.item for o in stored} == {item.id for item in items}
    return len(stored)


def send(repository, body, kind="application/json"):
    headers = {"X-Rollbar-Access-Token": LAB_TOKENS[TokenScope.POST_SERVER_ITEM]}
    client = repository.app.test_client()
    return client.post("/api/1/item/", data=body, content_type=kind, headers=headers)


def hold(repository, before, answer):
    stored = counts(repository) - before
    assert answer.status_code < 500, answer.text
    if answer.status_code == 200:
        assert answer.json["err"] == 0
        assert answer.json["result"]["uuid"]
        assert stored in (0, 1)  # 0 if the uuid was known
    else:
        assert answer.json["err"] == 1
        assert answer.json["message"]
        assert stored == 0
    return stored


@given(st.binary(max_size=60), st.sampled_from(["application/json", "x/y", ""]))
def test_any_bytes(repository, body, kind):
    hold(repository, counts(repository), send(repository, body, kind))


@given(st.text(max_size=40))
def test_any_form(repository, text):
    kind = "application/x-www-form-urlencoded"
    body = text.encode("utf-8", "replace")
    hold(repository, counts(repository), send(repository, body, kind))


@given(VALUES)
def test_any_json(repository, value):
    body = json.dumps(value)
    hold(repository, counts(repository), send(repository, body))
    hold(repository, counts(repository), send(repository, json.dumps({"data": value})))


@given(DATA)
def test_any_data_that_is_nearly_right(repository, data):
    hold(repository, counts(repository), send(repository, json.dumps({"data": data})))


def test_a_new_process_adds_up_the_same_of_all_that(repository):
    send(
        repository, json.dumps({"data": {"environment": "x", "body": {"message": {}}}})
    )
    assert ItemRepository(repository.store).items() == repository.items()
    assert counts(repository) > 0
