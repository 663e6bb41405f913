"""The log that has to be searched holds what the page says it holds."""

from __future__ import annotations

from collections import Counter

import pytest

from lab_helpers import traffic


@pytest.fixture(scope="module")
def lines():
    return traffic.haystack()


def test_it_has_as_many_lines_as_asked_for_and_is_always_the_same(lines):
    assert len(lines) == 50_000
    assert traffic.haystack(seed=7) == lines != traffic.haystack(seed=8)


def test_lines_stand_in_order_of_time(lines):
    assert [line[:12] for line in lines] == sorted(line[:12] for line in lines)


def test_exactly_one_request_was_answered_500(lines):
    answers = [line.split()[6] for line in lines if " in " in line]
    assert Counter(answers)["500"] == 1
    assert set(answers) == {"200", "500"}


def test_searching_for_words_finds_mostly_something_else(lines):
    assert sum("ERROR" in line for line in lines) > 500
    assert sum("500" in line for line in lines) > 500


def test_the_id_of_the_failed_one_leads_to_its_eight_lines_and_the_reason(lines):
    (failed,) = (line for line in lines if " 500 in " in line)
    own = [line for line in lines if failed.split()[3] in line]
    assert len(own) == 8
    assert "without a time zone" in own[4]
    places = [lines.index(line) for line in own]
    assert places[-1] - places[0] > 7, "nothing else happened meanwhile"
