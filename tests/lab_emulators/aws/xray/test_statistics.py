"""Rows to statistics."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lab_emulators.aws.xray.observations import NO_ROWS, ROW
from lab_emulators.aws.xray.statistics import merged, statistics_of

row = st.tuples(
    st.integers(0, 5),
    st.integers(0, 4),
    st.booleans(),
    st.booleans(),
    st.floats(0, 1e9),
    st.floats(0, 1e3),
)


def rows_of(drawn):
    return np.array([(*r[:4], r[4], r[4] + r[5]) for r in drawn], ROW)


@given(st.lists(row, min_size=1, max_size=40))
def test_every_row_is_counted_once_under_its_subject(drawn):
    rows = rows_of(drawn)
    statistics = statistics_of(rows)
    assert sum(sum(tally.counts) for tally in statistics.values()) == len(rows)
    for subject, tally in statistics.items():
        own = rows[rows["subject"] == subject]
        assert tally.counts == tuple(np.bincount(own["outcome"], minlength=5))
        assert (tally.start, tally.end) == (own["start"].min(), own["end"].max())
        assert sum(count for _, count in tally.histogram) == sum(tally.counts[:4])
        assert tally.sent == own["sent"].any()


@given(st.lists(row, min_size=1, max_size=40))
def test_tallies_merged_are_the_tally_of_all_rows(drawn):
    rows = rows_of(drawn)
    together = rows.copy()
    together["subject"] = 0
    one, found = statistics_of(together)[0], merged(list(statistics_of(rows).values()))
    assert found.counts == one.counts
    assert found.histogram == one.histogram
    assert np.isclose(found.seconds, one.seconds)
    assert (found.start, found.end, found.sent) == (one.start, one.end, one.sent)


def test_no_rows_have_no_tallies():
    assert statistics_of(NO_ROWS) == {}


def test_a_duration_of_many_years_stays_with_its_own_subject():
    rows = np.array([(0, 0, 1, 0, 0.0, 1e12), (1, 0, 1, 0, 0.0, 0.001)], ROW)
    statistics = statistics_of(rows)
    assert statistics[1].histogram == ((1, 1),)
    assert len(statistics[0].histogram) == 1
