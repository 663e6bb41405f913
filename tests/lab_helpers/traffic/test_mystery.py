"""An incident that does not say what it is."""

from __future__ import annotations

import json
import urllib.request
from datetime import UTC, datetime

import pytest

from lab_helpers import traffic


def _happening(url):
    with urllib.request.urlopen(f"{url}/lab/incidents", timeout=5) as answer:
        return {each["name"] for each in json.load(answer)["incidents"] if each["on"]}


def test_a_mystery_happens_inside_its_block_only(kittiwake):
    with traffic.mystery(kittiwake, name="marisol") as mystery:
        assert _happening(kittiwake) == {mystery.kind.name}
    assert _happening(kittiwake) == set()


def test_the_same_name_brings_the_same_incident():
    kinds = {traffic.mystery("http://a", name="tern").kind for _ in range(20)}
    assert len(kinds) == 1


def test_names_bring_every_incident_that_slows():
    kinds = {traffic.mystery("http://a", name=str(n)).kind for n in range(50)}
    assert kinds == {kind for kind in traffic.incidents() if not kind.fails}


def test_a_mystery_covers_the_time_it_happened_and_no_other(kittiwake):
    before = datetime.now(UTC)
    with traffic.mystery(kittiwake, name="marisol") as mystery:
        during = datetime.now(UTC)
    assert mystery.covers(during)
    assert not mystery.covers(before)
    assert not mystery.covers(datetime.now(UTC))


def test_a_mystery_keeps_its_secret(kittiwake):
    with traffic.mystery(kittiwake, name="marisol") as mystery:
        shown = repr(mystery)
    assert mystery.kind.name not in shown + repr(mystery)
    assert repr(mystery) == "something happened"


def test_it_is_undone_after_an_error(kittiwake):
    with pytest.raises(KeyError), traffic.mystery(kittiwake, name="marisol"):
        raise KeyError
    assert _happening(kittiwake) == set()
