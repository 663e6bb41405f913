"""CloudWatch's answers as DataFrames with proper types."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

EVENT_COLUMNS = ("time", "stream", "message", "event_id", "ingested")
"""One log event a row; `time` and `ingested` are UTC."""

ALARM_COLUMNS = ("alarm", "state", "since", "metric", "condition", "reason")
"""One alarm a row; `since` is UTC, `condition` what puts it into ALARM."""

HISTORY_COLUMNS = ("time", "alarm", "kind", "state", "summary")
"""One item a row; `state` is the new one, empty unless the item is a StateUpdate."""

# Logs Insights answers in text. An id of digits only must stay one: no leading zeros,
# no more digits than a float holds, an exponent only as Java writes it.
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,17})?(E-?\d{1,3})?")
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}")
_POINTER = "@ptr"

Cells = Sequence[Mapping[str, str]]


def of_results(results: Sequence[Cells], *, pointers: bool = False) -> pd.DataFrame:
    """The rows of GetQueryResults; fields in the order they first appear.

    A column whose every value is a number becomes numeric, one of AWS's timestamps
    UTC; missing fields are missing values. `pointers` keeps `@ptr`.
    """
    rows = [{cell["field"]: cell.get("value") for cell in row} for row in results]
    names = list(dict.fromkeys(name for row in rows for name in row))
    shown = [name for name in names if pointers or name != _POINTER]
    columns = {name: typed([row.get(name) for row in rows]) for name in shown}
    return pd.DataFrame(columns, index=range(len(rows)))


def typed(texts: Sequence[str | None]) -> "pd.Series[Any]":
    """Texts as numbers or UTC times if every one of them is such; else as they are."""
    present = [text for text in texts if text is not None]
    series: pd.Series[Any] = pd.Series(list(texts), dtype="object")
    if present and all(map(_NUMBER.fullmatch, present)):
        whole = all(text.lstrip("-").isdigit() for text in present)
        numbers = pd.to_numeric(series)
        if whole:
            return numbers.astype("int64" if len(present) == len(texts) else "Int64")
        return numbers.astype("float64")
    if present and all(map(_TIME.fullmatch, present)):
        times = pd.to_datetime(series, format="%Y-%m-%d %H:%M:%S.%f", utc=True)
        return times.dt.as_unit("ns")
    return series.astype("str") if len(present) == len(texts) else series


def of_events(events: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """EVENT_COLUMNS of the events of FilterLogEvents."""
    rows = [
        (e["timestamp"], e["logStreamName"], e["message"], e["eventId"],
         e["ingestionTime"])
        for e in events
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(EVENT_COLUMNS))
    for name in ("time", "ingested"):
        frame[name] = _of_ms(frame[name])
    return frame


def of_series(
    results: Sequence[Mapping[str, Any]], names: Sequence[str]
) -> pd.DataFrame:
    """`time` (UTC) and one column for each of `names`, from GetMetricData's results.

    Result number i has the id `m<i>`; several pages of one id are joined.
    """
    columns = []
    for number, name in enumerate(names):
        mine = [r for r in results if r["Id"] == f"m{number}"]
        times = pd.DatetimeIndex(
            pd.to_datetime([t for r in mine for t in r["Timestamps"]], utc=True)
        ).as_unit("ns")
        values = [float(v) for r in mine for v in r["Values"]]
        columns.append(pd.Series(values, index=times, name=name, dtype="float64"))
    frame = pd.concat(columns, axis=1).sort_index()
    return frame.rename_axis("time").reset_index()


def of_alarms(alarms: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """ALARM_COLUMNS of metric and composite alarms, by name."""
    rows = [
        (a["AlarmName"], a["StateValue"], a["StateUpdatedTimestamp"],
         _metric_of(a), _condition_of(a), a.get("StateReason", ""))
        for a in alarms
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(ALARM_COLUMNS))
    frame["since"] = pd.to_datetime(frame["since"], utc=True).dt.as_unit("ns")
    return frame.sort_values("alarm", ignore_index=True)


def of_history(items: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """HISTORY_COLUMNS, the oldest first."""
    rows = [
        (i["Timestamp"], i["AlarmName"], i["HistoryItemType"], _new_state(i),
         i["HistorySummary"])
        for i in items
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(HISTORY_COLUMNS))
    frame["time"] = pd.to_datetime(frame["time"], utc=True).dt.as_unit("ns")
    return frame.sort_values("time", kind="stable", ignore_index=True)


def _new_state(item: Mapping[str, Any]) -> str:
    """The state an item led to, out of the JSON that HistoryData is."""
    try:
        return str(json.loads(item.get("HistoryData", ""))["newState"]["stateValue"])
    except (ValueError, KeyError, TypeError):
        return ""  # another kind of item


def _of_ms(milliseconds: "pd.Series[Any]") -> "pd.Series[pd.Timestamp]":
    times = pd.to_datetime(milliseconds, unit="ms", utc=True)
    return times.dt.as_unit("ns")


def _metric_of(alarm: Mapping[str, Any]) -> str:
    if "MetricName" in alarm:
        stat = alarm.get("Statistic") or alarm.get("ExtendedStatistic")
        return f"{stat} of {alarm['Namespace']} {alarm['MetricName']}"
    if "Metrics" in alarm:
        shown = [m for m in alarm["Metrics"] if m.get("ReturnData", True)]
        return str(shown[0].get("Expression") or shown[0]["Id"]) if shown else ""
    return ""


_SIGNS = {
    "GreaterThanOrEqualToThreshold": ">=",
    "GreaterThanThreshold": ">",
    "LessThanThreshold": "<",
    "LessThanOrEqualToThreshold": "<=",
}


def _condition_of(alarm: Mapping[str, Any]) -> str:
    if "AlarmRule" in alarm:
        return str(alarm["AlarmRule"])
    periods = alarm.get("EvaluationPeriods", 1)
    enough = alarm.get("DatapointsToAlarm") or periods
    sign = _SIGNS.get(alarm["ComparisonOperator"], alarm["ComparisonOperator"])
    period = f" of {alarm['Period']} s" if "Period" in alarm else ""
    return f"{sign} {alarm.get('Threshold', 0):g} in {enough} of {periods}{period}"
