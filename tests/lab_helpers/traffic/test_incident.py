"""Making something go wrong from outside."""

from __future__ import annotations

import json
import urllib.request

import pytest

from lab_helpers import traffic


def _on(url, name):
    with urllib.request.urlopen(f"{url}/lab/incidents", timeout=5) as answer:
        listed = json.load(answer)["incidents"]
    return {each["name"]: each["on"] for each in listed}[name]


def test_an_incident_starts_and_is_undone(kittiwake):
    trouble = traffic.incident(kittiwake, "slow_dependency")
    assert repr(trouble).startswith("slow_dependency is not happening: ")
    trouble.start()
    assert _on(kittiwake, "slow_dependency") is True
    assert repr(trouble).startswith("slow_dependency is happening: ")
    trouble.undo()
    assert _on(kittiwake, "slow_dependency") is False


def test_a_with_block_undoes_the_incident_even_after_an_error(kittiwake):
    with (
        pytest.raises(KeyError),
        traffic.incident(kittiwake, "n_plus_one"),
    ):
        assert _on(kittiwake, "n_plus_one") is True
        raise KeyError
    assert _on(kittiwake, "n_plus_one") is False


def test_an_unknown_incident_lists_the_known(kittiwake):
    with pytest.raises(LookupError, match="n_plus_one, slow_dependency"):
        traffic.incident(kittiwake, "flood")


def test_an_app_that_refuses_is_quoted(start):
    def refuse(environ, start_response):
        start_response("404 NOT FOUND", [("Content-Type", "text/plain")])
        return [b"nothing like that"]

    trouble = traffic.incident(start(refuse).url, "n_plus_one")
    with pytest.raises(traffic.IncidentRefused, match="404: nothing like that"):
        trouble.start()
    assert "is not happening" in repr(trouble)


def test_the_list_has_one_line_for_each(kittiwake):
    lines = [repr(kind) for kind in traffic.incidents()]
    names = [line.split(":")[0] for line in lines]
    assert names == ["n_plus_one", "slow_dependency", "naive_times"]
    assert all("\n" not in line for line in lines)
