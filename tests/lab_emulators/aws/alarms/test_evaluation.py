"""The state that data points put an alarm in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_emulators.aws.alarms.evaluation import (
    Comparison,
    Condition,
    Datapoint,
    MissingData,
    evaluate,
    evaluation_range,
)
from lab_emulators.aws.alarms.model import StateValue

VALUES = {"0": 1.0, "X": 9.0, "-": None}
STATES = {
    "OK": StateValue.OK,
    "ALARM": StateValue.ALARM,
    "NONE": StateValue.INSUFFICIENT_DATA,
    "KEEP": None,
}
TREATMENTS = (
    MissingData.MISSING, MissingData.IGNORE, MissingData.BREACHING,
    MissingData.NOT_BREACHING,
)  # fmt: skip


def points(text):
    """`0 - X` as points: within the threshold, missing, beyond it; oldest first."""
    return [Datapoint(60 * n, VALUES[sign]) for n, sign in enumerate(text.split())]


def condition(datapoints, periods, missing):
    return Condition(Comparison.GREATER, 5.0, periods, datapoints, missing)


# "Configuring how CloudWatch alarms treat missing data", CloudWatch User Guide: the
# tables for 3 out of 3 and for 2 out of 3, and the rows of their earlier edition.
PUBLISHED = [
    (3, "0 - X - X", "OK OK OK OK"),
    (3, "0 - - - -", "OK OK OK OK"),
    (3, "- - - - -", "NONE KEEP ALARM OK"),
    (3, "0 X X - X", "ALARM ALARM ALARM ALARM"),
    (3, "- - X - -", "ALARM KEEP ALARM OK"),
    (3, "X - - - -", "ALARM KEEP ALARM OK"),
    (3, "- - - - X", "NONE KEEP ALARM OK"),
    (2, "0 - X - X", "ALARM ALARM ALARM ALARM"),
    (2, "0 0 X 0 X", "ALARM ALARM ALARM ALARM"),
    (2, "0 - X - -", "OK OK ALARM OK"),
    (2, "- - - - 0", "OK OK ALARM OK"),
    (2, "- - - X -", "ALARM KEEP ALARM OK"),
    (2, "- - - - X", "NONE KEEP ALARM OK"),
]


@pytest.mark.parametrize(("datapoints", "signs", "states"), PUBLISHED)
def test_the_published_examples_of_missing_data(datapoints, signs, states):
    found = [
        evaluate(condition(datapoints, 3, missing), points(signs)).state
        for missing in TREATMENTS
    ]
    assert found == [STATES[name] for name in states.split()]


@pytest.mark.parametrize("signs", ["- - - - X", "- - - X -"])
def test_an_alarm_is_not_raised_before_the_next_data_points_could_deny_it(signs):
    verdict = evaluate(condition(3, 3, MissingData.MISSING), points(signs))
    assert verdict.state is StateValue.INSUFFICIENT_DATA


@pytest.mark.parametrize(
    ("comparison", "breaching"),
    [
        (Comparison.GREATER, {6.0}),
        (Comparison.GREATER_OR_EQUAL, {5.0, 6.0}),
        (Comparison.LESS, {4.0}),
        (Comparison.LESS_OR_EQUAL, {4.0, 5.0}),
    ],
)
def test_each_operator_says_what_breaches(comparison, breaching):
    held = Condition(comparison, 5.0, 1, 1)
    assert {v for v in (4.0, 5.0, 6.0) if held.breached_by(v)} == breaching


def test_the_range_of_the_published_examples_is_five_periods():
    assert evaluation_range(3) == 5


def test_the_latest_data_points_are_evaluated_wherever_they_are_in_the_range():
    verdict = evaluate(condition(2, 2, MissingData.BREACHING), points("0 X - X -"))
    assert [point.start_s for point in verdict.evaluated] == [60, 180]
    assert (verdict.state, verdict.filled) == (StateValue.ALARM, 0)


def plainly(condition, signs):
    """The User Guide's sentences one after the other, over the signs."""
    there = [s for s in signs if s != "-"][-condition.periods :]
    lacking = condition.periods - len(there)
    fill = {MissingData.BREACHING: "X", MissingData.NOT_BREACHING: "0"}.get(
        condition.missing
    )
    if fill is not None or not lacking:
        filled = there + [fill] * lacking
        alarm = filled.count("X") >= condition.datapoints
        return StateValue.ALARM if alarm else StateValue.OK
    if there.count("X") >= condition.datapoints:
        return StateValue.ALARM
    if "0" in there:
        return StateValue.OK
    if condition.missing is MissingData.IGNORE:
        return None
    if "X" in signs[: len(signs) - condition.datapoints + 1]:
        return StateValue.ALARM
    return StateValue.INSUFFICIENT_DATA


@given(st.data())
def test_the_verdict_is_that_of_the_obvious_way(data):
    periods = data.draw(st.integers(1, 6))
    datapoints = data.draw(st.integers(1, periods))
    held = condition(datapoints, periods, data.draw(st.sampled_from(TREATMENTS)))
    size = evaluation_range(periods)
    signs = data.draw(st.lists(st.sampled_from("0X-"), min_size=size, max_size=size))
    assert evaluate(held, points(" ".join(signs))).state is plainly(held, signs)


@given(st.lists(st.sampled_from("0X-"), min_size=7, max_size=7))
def test_taking_more_for_breaching_never_ends_an_alarm(signs):
    lenient = evaluate(
        condition(3, 5, MissingData.NOT_BREACHING), points(" ".join(signs))
    )
    strict = evaluate(condition(3, 5, MissingData.BREACHING), points(" ".join(signs)))
    if lenient.state is StateValue.ALARM:
        assert strict.state is StateValue.ALARM
