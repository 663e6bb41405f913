"""Which occurrences are one item, and what it is called."""

import hashlib
import json
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_emulators.rollbar.items.grouping import group_of, without_data

plain = st.text("abcdefghij_", min_size=1, max_size=8)
frames = st.lists(
    st.builds(
        lambda file, method, line: {
            "filename": f"/srv/{file}.py",
            "method": method,
            "lineno": line,
        },
        plain,
        plain,
        st.integers(1, 9999),
    ),
    max_size=5,
)
words = st.text(max_size=40)


def data_of(*traces, root=None, **fields):
    told = [
        {"frames": list(found), "exception": {"class": kind, "message": text}}
        for found, kind, text in traces
    ]
    body = {"trace": told[0]} if len(told) == 1 else {"trace_chain": told}
    server = {"server": {"root": root}} if root else {}
    return {"environment": "lab", "body": body, **server, **fields}


def message_of(text, **fields):
    return {"environment": "lab", "body": {"message": {"body": text}}, **fields}


def fingerprint(data):
    return group_of(data).fingerprint


def frame(filename, method="f"):
    return {"filename": filename, "method": method}


@given(frames, plain, words, words, st.data())
def test_line_numbers_and_messages_never_split_a_group(found, kind, one, other, draw):
    moved = deepcopy(found)
    for each in moved:
        each["lineno"] = draw.draw(st.integers(1, 9999))
    assert fingerprint(data_of((found, kind, one))) == fingerprint(
        data_of((moved, kind, other))
    )


@given(frames, frames, plain, plain)
def test_class_or_frames_always_split(one, other, kind, another):
    def marks(found):
        return [(f["filename"], f["method"]) for f in found]

    same = (marks(one), kind) == (marks(other), another)
    first, second = data_of((one, kind, "m")), data_of((other, another, "m"))
    assert (fingerprint(first) == fingerprint(second)) is same


@given(st.lists(st.tuples(frames, plain, words), min_size=2, max_size=3))
def test_every_exception_of_a_chain_counts(chain):
    changed = [*chain[:-1], (chain[-1][0], chain[-1][1] + "X", chain[-1][2])]
    assert fingerprint(data_of(*chain)) != fingerprint(data_of(*changed))
    assert fingerprint(data_of(*chain)) != fingerprint(data_of(chain[0]))


def test_the_basic_rule_is_a_sha1_of_files_methods_and_class():
    made = fingerprint(data_of(([frame("/a/b.py", "f")], "KeyError", "x")))
    text = json.dumps([[["/a/b.py", "f"], ["KeyError"]]])
    assert made == hashlib.sha1(text.encode()).hexdigest()


@given(words)
def test_a_fingerprint_in_the_payload_wins(text):
    given = "mine"
    assert fingerprint(message_of(text, fingerprint=given)) == given
    assert fingerprint(data_of(([], "E", text), fingerprint=given)) == given


@pytest.mark.parametrize(("length", "kept"), [(40, True), (41, False)])
def test_a_fingerprint_longer_than_40_is_replaced_by_its_sha1(length, kept):
    given = "x" * length
    found = fingerprint(message_of("m", fingerprint=given))
    hashed = hashlib.sha1(given.encode()).hexdigest()
    assert found == (given if kept else hashed)


def test_where_the_code_lies_does_not_matter_once_the_root_is_known():
    one = data_of(([frame("/opt/kittiwake/x.py")], "E", ""), root="/opt/kittiwake")
    two = data_of(([frame("/srv/app/x.py")], "E", ""), root="/srv/app/")
    beside = data_of(([frame("/srv/app2/x.py")], "E", ""), root="/srv/app")
    assert fingerprint(one) == fingerprint(two)
    assert fingerprint(beside) != fingerprint(two)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/srv/releases/20260101120000/x.py", "/srv/releases/20260214083000/x.py"),
        ("/srv/2026-01-01/x.py", "/srv/2026-12-31/x.py"),
        ("/srv/3da5415/x.py", "/srv/99a8fc0/x.py"),
        (
            "http://x/app.3da541559918a808c240.js",
            "http://x/app.0123456789abcdef0123.js",
        ),
    ],
)
def test_dates_and_commit_ids_in_paths_do_not_split_a_group(one, other):
    first, second = (data_of(([frame(path)], "E", "")) for path in (one, other))
    assert fingerprint(first) == fingerprint(second)


def test_integers_of_two_digits_in_methods_do_not_split_a_group():
    one, two, short = (
        data_of(([frame("/x.py", name)], "E", ""))
        for name in ("_compiled_1234_56", "_compiled_99_11", "_compiled_1_2")
    )
    assert fingerprint(one) == fingerprint(two) != fingerprint(short)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("took 10 s", "took 321 s"),
        ("took 0.5 s", "took 12.25 s"),
        ("job 0xdeadbeef", "job 0x1f"),
        ("user 5f0c1a2b", "user 00ff1122"),
        ("at 2026-01-01T10:00:00Z", "at 2025-07-31 23:59:59.123"),
    ],
)
def test_what_looks_like_data_does_not_split_messages(one, other):
    assert fingerprint(message_of(one)) == fingerprint(message_of(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [("try 1", "try 2"), ("added", "decade"), ("queue full", "queue empty")],
)
def test_other_words_split_messages(one, other):
    assert fingerprint(message_of(one)) != fingerprint(message_of(other))


def test_the_text_left_of_a_message_can_be_looked_at():
    assert without_data("order 1234 of 2026-01-01 failed") == "order  of  failed"


def test_a_title_in_the_payload_wins():
    assert group_of(message_of("m", title="T")).title == "T"


def test_an_exception_is_called_by_class_and_message_of_the_outermost():
    assert group_of(data_of(([], "E", "boom"), ([], "F", "why"))).title == "E: boom"
    assert group_of(data_of(([], "E", ""))).title == "E"


@given(st.text(min_size=1))
def test_a_message_is_called_by_its_first_line_cut_at_255(text):
    lines = text.strip().splitlines()
    assert group_of(message_of(text)).title == (lines[0][:255] if lines else "")


def test_a_crash_report_is_grouped_by_its_text():
    report = {"environment": "lab", "body": {"crash_report": {"raw": "Signal 11\nx"}}}
    other = {"environment": "lab", "body": {"crash_report": {"raw": "Hang\nx"}}}
    assert group_of(report).title == "Signal 11"
    assert fingerprint(report) != fingerprint(other)
