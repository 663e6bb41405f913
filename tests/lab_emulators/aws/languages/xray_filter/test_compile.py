"""What a filter expression says of a trace."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab_emulators.aws.languages.xray_filter.compile import (
    GroupVersion,
    compile_filter,
    fits,
)
from lab_emulators.aws.languages.xray_filter.parser import FilterError
from lab_emulators.aws.xray.segment_documents import segment_of
from lab_emulators.aws.xray.trace_assembly import assemble
from lab_emulators.aws.xray.trace_summary import TraceSummary, summarize

Json = dict[str, Any]
TRACE = "1-65600000-0123456789abcdef01234567"


def digest_of(*documents: Json) -> TraceSummary:
    segments = [segment_of({"trace_id": TRACE} | d) for d in documents]
    return summarize(assemble(TRACE, segments))


def holds(text: str, item: TraceSummary, **groups: str) -> bool:
    versions = {key: (GroupVersion(0.0, group),) for key, group in groups.items()}
    return compile_filter(text, versions)(item)


@pytest.fixture
def shop() -> TraceSummary:
    """`api` calls `shop`, whose call of a table fails; both tell who asked."""
    failed = {"exceptions": [{"type": "Timeout", "message": "too slow"}, {"type": "X"}]}
    table = {"id": "c" * 16, "name": "DynamoDB", "namespace": "aws", "fault": True}
    table |= {"start_time": 100.25, "end_time": 100.75, "cause": failed}
    table["aws"] = {"table_name": "orders", "account_id": "9"}
    call = {"id": "b" * 16, "name": "shop", "namespace": "remote", "throttle": True}
    call |= {"start_time": 100.0, "end_time": 101.5, "error": True}
    api = {"id": "a" * 16, "name": "api", "start_time": 100.0, "end_time": 102.0}
    api |= {"subsegments": [call], "user": "ann", "origin": "AWS::EC2::Instance"}
    api["http"] = {
        "request": {"url": "http://h/v2/x", "method": "GET", "client_ip": "10.0.0.1"},
        "response": {"status": 200},
    }
    api["aws"] = {"ec2": {"instance_id": "i-1", "availability_zone": "us-east-1a"}}
    api["annotations"] = {"age": 30, "vip": False, "plan": "free", "a.b": True}
    shop = {"id": "d" * 16, "name": "shop", "parent_id": "b" * 16, "user": "bob"}
    shop |= {"start_time": 100.1, "end_time": 101.1, "fault": True}
    shop |= {"subsegments": [table], "annotations": {"plan": "paid"}}
    return digest_of(api, shop)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ok !error !fault !throttle",
        "inferred !partial",
        "responsetime = 2 duration >= 2",
        "http.status < 300 AND http.status",
        'http.url CONTAINS "/v2/" http.url BEGINSWITH "http:" http.url ENDSWITH "x"',
        'http.method = "GET" !http.useragent',
        'http.clientip != "10.0.0.2"',
        'user = "ann" user = "bob" !user = "cyd"',
        'availabilityzone = "us-east-1a" instance.id = "i-1" !resource.arn',
        "annotation.age annotation.age > 29 !annotation.age > 30",
        "!annotation.vip annotation.vip = false annotation[a.b]",
        'annotation.plan = "free" annotation.plan = "paid" annotation.plan != "free"',
        '!annotation.age = "30" !annotation.vip = 0 !annotation.none',
        'service("shop") {fault responsetime = 1 !root} !service("none")',
        'service() {root ok} service(id(type: "AWS::EC2::Instance")) {name = "api"}',
        'service(id(name: "orders", account.id: "9")) {inferred} service("api"){ok}',
        'edge("api", "shop") {error throttle responsetime = 1.5 !fault}',
        'edge("shop", "orders") {fault} !edge("api", "orders") !edge("shop", "api")',
        'edge(id(name: "api", type: "client"), "api") {ok}',
        "rootcause.fault.service {first} rootcause.fault.service {last inferred}",
        'rootcause.fault.entity {name = "DynamoDB" remote index = 1}',
        'rootcause.fault.exception {name = "Timeout" first message CONTAINS "slow"}',
        'rootcause.fault.exception {last name = "X" !message}',
        "!rootcause.error.exception",
        'rootcause.error.service {name = "api"} rootcause.error.entity {last}',
        "rootcause.responsetime.entity {coverage >= 0.75 remote}",
        "!rootcause.responsetime.entity {coverage < 0.25}",
        "rootcause.responsetime.service",
        'rootcause.json = #[{"Services": [{"Name": "shop"}, {"Name": "orders", '
        '"EntityPath": [{"Name": "orders"}]}]}]',
        '!rootcause.json = #[{"Services": [{"Name": "shop"}]}]',
    ],
)  # fmt: skip
def test_an_expression_holds(text: str, shop: TraceSummary) -> None:
    assert holds(text, shop)


def test_what_is_absent_equals_nothing_and_differs_from_nothing(
    shop: TraceSummary,
) -> None:
    assert not holds('http.useragent = "x"', shop)
    assert not holds('http.useragent != "x"', shop)
    assert not holds("annotation.none != 1", shop)


def test_a_group_stands_for_its_filter(shop: TraceSummary) -> None:
    groups = {"slow": "duration > 1", "arn:slow": "duration > 1", "both": "ok"}
    groups["nested"] = 'group.name = "slow" ok'
    groups["blank"] = ""
    assert holds('group.name = "slow" group.arn = "arn:slow"', shop, **groups)
    assert holds('group.name = "nested" group.name = "blank"', shop, **groups)
    assert not holds('group.name != "both"', shop, **groups)


@pytest.mark.parametrize(
    ("came", "in_group"), [(99.0, False), (100.0, True), (199.0, True), (200.0, False)]
)
def test_a_trace_is_judged_by_the_group_of_the_time_it_came(
    shop: TraceSummary,
    came: float,
    in_group: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    versions = (GroupVersion(100.0, "duration > 1"), GroupVersion(200.0, "ok = false"))
    in_slow = compile_filter('group.name = "slow"', {"slow": versions})
    assert in_slow(replace(shop, updated=came)) is in_group


def test_a_group_that_is_not_there_or_names_itself_is_refused(
    shop: TraceSummary,
) -> None:
    with pytest.raises(FilterError, match="there is no group 'x' at position 4"):
        holds('ok group.name = "x"', shop)
    circle = {"x": 'group.name = "y"', "y": 'group.name = "x"'}
    with pytest.raises(FilterError, match="is defined by itself"):
        holds('group.name = "x"', shop, **circle)


def test_json_leaves_out_what_may_be_any() -> None:
    found = {"a": [{"b": 1, "c": True}], "d": "x"}
    assert fits({"a": [{"b": 1}]}, found) and fits({}, found)
    assert not fits({"a": []}, found) and not fits({"e": None}, found)


# One trace is a root and what it called; each atom has its own plain meaning.
ATOMS: list[tuple[str, Callable[[Json, Json], bool]]] = [
    ("ok", lambda root, _: not (root["fault"] or root["error"])),
    ("fault = true", lambda root, _: root["fault"]),
    ("error != true", lambda root, _: not root["error"]),
    ("responsetime > 2", lambda root, _: root["end_time"] > 2),
    ("duration <= 3", lambda root, low: max(root["end_time"], low["end_time"]) <= 3),
    ('user = "ann"', lambda root, low: "ann" in (root["user"], low["user"])),
    ("user", lambda root, low: bool(root["user"] or low["user"])),
    ("annotation.n", lambda root, _: root["annotations"]["n"] is not False),
    ("annotation.n >= 2", lambda root, _: root["annotations"]["n"] in (2, 3, 4)),
    ('service("low") { fault }', lambda _, low: low["fault"]),
    ("service() { error }", lambda root, low: root["error"] or low["error"]),
    ('edge("top", "low") { ok }', lambda *_: True),
]


def plain(name: str, **more: Any) -> st.SearchStrategy[Json]:
    members = {"name": st.just(name)}
    members |= {"start_time": st.just(0), "end_time": st.integers(0, 5)}
    members |= {"fault": st.booleans(), "error": st.booleans()}
    members |= {"user": st.sampled_from(["", "ann", "bob"])}
    return st.fixed_dictionaries(members | more)


NUMBERS = st.sampled_from([1, 2, 3, 4, True, False, "2x"])
CALL = {"id": "c" * 16, "name": "low", "namespace": "remote"}
CALL |= {"start_time": 0, "end_time": 0}
ROOTS = plain("top", annotations=st.fixed_dictionaries({"n": NUMBERS}))
LOWS = plain("low", parent_id=st.just("c" * 16))

TREES: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from(range(len(ATOMS))),
    lambda inner: (
        st.tuples(st.just("not"), inner)
        | st.tuples(st.sampled_from(["and", "or", ""]), inner, inner)
    ),
    max_leaves=8,
)


def written(tree: Any, outside: int = 0) -> str:
    """The tree with only the brackets that precedence asks for."""
    if isinstance(tree, int):
        return ATOMS[tree][0]
    word, *parts = tree
    if word == "not":
        return f"!{written(parts[0], 2)}"
    own = 0 if word == "or" else 1
    text = f" {word} ".join(written(part, own) for part in parts)
    return f"({text})" if own < outside else text


def meant(tree: Any, root: Json, low: Json) -> bool:
    if isinstance(tree, int):
        return ATOMS[tree][1](root, low)
    word, *parts = tree
    said = [meant(part, root, low) for part in parts]
    if word == "not":
        return not said[0]
    return any(said) if word == "or" else all(said)


@settings(max_examples=4 * settings().max_examples)
@given(TREES, ROOTS, LOWS)
def test_an_expression_means_what_its_parts_mean(
    tree: Any, root: Json, low: Json
) -> None:
    item = digest_of(
        root | {"id": "a" * 16, "subsegments": [CALL]}, low | {"id": "d" * 16}
    )
    assert holds(written(tree), item) is bool(meant(tree, root, low))
