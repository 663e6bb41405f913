"""When alarms are evaluated, and what each of them is evaluated from."""

import pytest

from lab_emulators.aws.alarms import datapoints
from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.metrics.model import Datum


def test_an_alarm_begins_without_a_verdict_and_gets_one_when_first_due(desk, due):
    desk.measure(900, ago=30)
    desk.put()
    assert desk.state() == "INSUFFICIENT_DATA"
    assert due(0) == ["slow"]
    assert desk.state() == "ALARM"


def test_a_minute_counts_when_it_is_over(desk, due):
    desk.put()
    due(1)
    desk.measure(900)
    assert due(57) == []
    assert due(1) == []
    assert due(1) == ["slow"]


def test_a_tick_counts_the_minute_under_way(desk, clock):
    desk.put()
    clock.now += 10
    desk.measure(900)
    (changed,) = desk.alarms.tick()["Changed"]
    assert changed == {
        "AlarmName": "slow",
        "OldStateValue": "INSUFFICIENT_DATA",
        "NewStateValue": "ALARM",
    }


def test_what_a_tick_found_holds_until_the_minute_is_really_over(desk, due, clock):
    desk.put(TreatMissingData="notBreaching")
    clock.now += 10
    desk.measure(900)
    desk.alarms.tick()
    assert due(40) == []
    assert due(10) == []
    assert due(180) == ["slow"]
    assert desk.state() == "OK"


def test_long_periods_slide_by_the_minute(desk, due):
    desk.put(Period=300, Statistic="Sum", Threshold=3, EvaluationPeriods=1)
    for _ in range(4):
        desk.measure(1)
        due(60)
    assert desk.state() == "ALARM"


@pytest.mark.parametrize("period", [10, 30])
def test_high_resolution_alarms_are_evaluated_every_period(desk, due, period):
    desk.put(Period=period, TreatMissingData="breaching")
    due(0)
    assert desk.state() == "ALARM"
    desk.put(Period=period, TreatMissingData="breaching", EvaluationPeriods=2)
    due(1)
    desk.core.datapoints.put([_fine(desk, 1.0)])
    assert due(period - 1) == ["slow"]


def _fine(desk, value):
    """One value at the clock's very second."""
    at = desk.core.clock()
    return Datum("Kittiwake", "Latency", (), at, (value,), (1.0,), resolution=1)


def test_a_state_set_by_hand_lasts_until_the_next_evaluation(desk, due):
    desk.put(TreatMissingData="notBreaching")
    due(1)
    given = {"AlarmName": "slow", "StateValue": "ALARM", "StateReason": "a drill"}
    desk.call("SetAlarmState", **given)
    assert (due(30), desk.state()) == ([], "ALARM")
    assert (due(30), desk.state()) == (["slow"], "OK")


def test_the_unit_and_the_dimensions_choose_the_data(desk, due):
    desk.measure(900, ago=30)  # without dimensions, of no unit
    desk.put(Dimensions=[{"Name": "route", "Value": "/"}])
    assert due(0) == []
    desk.put(Unit="Milliseconds")
    assert due(0) == []
    desk.put()
    assert due(0) == ["slow"]


def percentile(desk, **settings):
    """An alarm on p90, which needs 100 samples."""
    name = {"ExtendedStatistic": "p90", "EvaluateLowSampleCountPercentile": "ignore"}
    given = {"AlarmName": "slow", "Namespace": "Kittiwake", "MetricName": "Latency"}
    rest = {"Period": 60, "EvaluationPeriods": 1, "Threshold": 500}
    compared = {"ComparisonOperator": "GreaterThanThreshold"}
    desk.call("PutMetricAlarm", **given, **name, **rest, **compared, **settings)


@pytest.mark.parametrize(
    ("count", "state"), [(99, "INSUFFICIENT_DATA"), (100, "ALARM")]
)
def test_a_percentile_of_few_samples_changes_nothing(desk, due, count, state):
    desk.measure(900, ago=30, count=count)
    percentile(desk)
    due(0)
    assert desk.state() == state


def test_no_samples_are_missing_data_also_for_a_percentile(desk, due):
    percentile(desk, TreatMissingData="breaching")
    due(0)
    assert desk.state() == "ALARM"


def test_metrics_of_dynamodb_are_always_ignored_when_missing(desk, due):
    desk.put(Namespace="AWS/DynamoDB", TreatMissingData="breaching")
    assert (due(0), desk.state()) == ([], "INSUFFICIENT_DATA")


def test_an_alarm_that_cannot_be_evaluated_does_not_stop_the_others(
    desk, due, monkeypatch
):
    read = datapoints.points

    def fail(core, alarm, end_s):
        if alarm.name == "bad":
            raise AwsError("ValidationError", "no such series")
        return read(core, alarm, end_s)

    monkeypatch.setattr(datapoints, "points", fail)
    desk.put(AlarmName="bad", TreatMissingData="breaching")
    desk.put(TreatMissingData="breaching")
    assert due(0) == ["slow"]


def test_an_alarm_put_while_it_is_evaluated_is_not_overwritten(desk, due, monkeypatch):
    read = datapoints.points

    def put_meanwhile(core, alarm, end_s):
        monkeypatch.setattr(datapoints, "points", read)
        desk.put(Threshold=1, TreatMissingData="ignore")
        return read(core, alarm, end_s)

    desk.put(TreatMissingData="breaching")
    monkeypatch.setattr(datapoints, "points", put_meanwhile)
    due(0)
    (alarm,) = desk.call("DescribeAlarms")["MetricAlarms"]
    assert (alarm["Threshold"], alarm["TreatMissingData"]) == (1.0, "ignore")


def composite(desk, name, rule, **settings):
    desk.call("PutCompositeAlarm", AlarmName=name, AlarmRule=rule, **settings)


def test_a_composite_alarm_is_rated_at_once_and_when_a_child_changes(desk, due):
    desk.put(TreatMissingData="breaching")
    composite(desk, "page", "ALARM(slow)")
    assert desk.state("page") == "OK"
    assert due(1) == ["slow", "page"]
    assert desk.state("page") == "ALARM"


def test_a_change_climbs_through_composites(desk, due):
    desk.put(TreatMissingData="breaching")
    composite(desk, "inner", "ALARM(slow)")
    composite(desk, "outer", "ALARM(inner) OR INSUFFICIENT_DATA(inner)")
    assert due(1) == ["slow", "inner", "outer"]


def test_alarms_that_depend_on_themselves_are_left_alone(desk, due):
    desk.put(TreatMissingData="breaching")
    composite(desk, "a", "ALARM(slow)")
    composite(desk, "b", "ALARM(a)")
    composite(desk, "a", "ALARM(slow) OR ALARM(b)")
    assert due(1) == ["slow"]


def test_a_composite_set_by_hand_stays_so_until_a_child_changes(desk, due):
    desk.put(TreatMissingData="breaching")
    composite(desk, "page", "OK(slow)")
    given = {"AlarmName": "page", "StateReason": "a drill"}
    desk.call("SetAlarmState", **given, StateValue="ALARM")
    assert desk.alarms._evaluator.tick(desk.core.clock())[0].alarm.name == "slow"
    assert desk.state("page") == "OK"


def test_alarms_and_their_states_survive_a_restart(desk, due):
    desk.put(TreatMissingData="breaching")
    due(1)
    desk.restart()
    assert desk.state() == "ALARM"
    assert desk.summaries()[-1] == "Alarm updated from INSUFFICIENT_DATA to ALARM"
    desk.measure(1)
    assert due(60) == ["slow"]
