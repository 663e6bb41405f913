"""Finds the state of alarms anew: on time, on demand, and when a child changed."""

import logging
import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace

from lab_emulators.aws.alarms import datapoints, state_reasons
from lab_emulators.aws.alarms.actions import Actions
from lab_emulators.aws.alarms.evaluation import judge
from lab_emulators.aws.alarms.model import Alarm, Change, Kind, State, StateValue
from lab_emulators.aws.alarms.repository.alarm_history import History
from lab_emulators.aws.alarms.repository.alarm_repository import Shelf
from lab_emulators.aws.languages.alarm_rule import parser
from lab_emulators.aws.metrics.core import Core
from lab_emulators.store import StoreClosed

_log = logging.getLogger(__name__)


class Evaluator:
    """Moves alarms from state to state; every method may be called from any thread.

    What follows from a change happens after it is durable, and outside the lock.
    """

    def __init__(
        self, core: Core, shelf: Shelf, history: History, actions: Actions
    ) -> None:
        self._core = core
        self._shelf = shelf
        self._history = history
        self._actions = actions
        self._next: dict[str, float] = {}
        self._one_at_a_time = threading.Lock()

    def due(self) -> list[Change]:
        """Evaluate the metric alarms whose time has come."""
        now = self._core.clock()
        with self._one_at_a_time:
            waiting = [
                (alarm, _ended(alarm, now))
                for alarm in self._metric_alarms()
                if self._next.get(alarm.name, 0) <= now
            ]
            changes = self._evaluate(waiting, now)
        return self._follow(changes)

    def tick(self, now_s: float | None = None) -> list[Change]:
        """Evaluate every metric alarm, as the time `now_s` would (seconds since 1970).

        Without a time it is as if the periods under way were over: what was measured
        a moment ago counts. The next evaluation in time comes when they really are.
        """
        now = self._core.clock() if now_s is None else now_s
        end = _ending if now_s is None else _ended
        with self._one_at_a_time:
            alarms = [(alarm, end(alarm, now)) for alarm in self._metric_alarms()]
            changes = self._evaluate(alarms, now)
        return self._follow(changes)

    def forget(self, name: str) -> None:
        """Evaluate the alarm of that name as soon as possible, if there is one."""
        self._next.pop(name, None)

    def set_state(self, name: str, state: State) -> None:
        """Put an alarm in a state until its next evaluation; KeyError."""
        with self._shelf.lock:
            alarm = self._shelf.get(name)
            if alarm is None:
                raise KeyError(name)
            changes = self._entered(alarm, state)
            changes += self._spread(changes, state.since_s)
        self._follow(changes)

    def rate(self, alarm: Alarm, *, created: bool) -> None:
        """Evaluate a composite alarm that has just been put."""
        now = self._core.clock()
        with self._shelf.lock:
            current = self._shelf.get(alarm.name)
            if current is None:
                return  # deleted meanwhile
            changes = self._composite(current, None, now, created=created)
            changes += self._spread(changes, now)
        self._follow(changes)

    def _metric_alarms(self) -> list[Alarm]:
        return [alarm for alarm in self._shelf.all() if alarm.kind is Kind.METRIC]

    def _evaluate(
        self, ends: Iterable[tuple[Alarm, int]], now_s: float
    ) -> list[Change]:
        changes: list[Change] = []
        for alarm, end_s in ends:
            step = datapoints.step_of(alarm.settings)
            self._next[alarm.name] = max(end_s, now_s // step * step + step)
            state = self._found(alarm, end_s, now_s)
            if state is None:
                continue
            with self._shelf.lock:
                if self._shelf.get(alarm.name) is alarm:
                    changes += self._entered(alarm, state)
                else:  # put, set or deleted meanwhile
                    self.forget(alarm.name)
        with self._shelf.lock:
            return changes + self._spread(changes, now_s)

    def _found(self, alarm: Alarm, end_s: int, now_s: float) -> State | None:
        """The state that the data up to `end_s` ask for, None for the present one."""
        condition = datapoints.condition_of(alarm.settings)
        try:
            points = datapoints.points(self._core, alarm, end_s)
        except StoreClosed:
            raise
        except Exception as error:  # noqa: BLE001 - e.g. math that these data cannot do
            _log.warning("alarm %s is not evaluated", alarm.name, exc_info=error)
            return None
        verdict = judge(condition, points)
        if verdict.state is None or verdict.state is alarm.state.value:
            return None
        samples = datapoints.samples(self._core, alarm, list(verdict.evaluated))
        if datapoints.too_few(alarm.settings, samples):
            return None
        told = state_reasons.reason_data(
            alarm, verdict, points=points, samples=samples, now_s=now_s
        )
        out_of = "DatapointsToAlarm" in alarm.settings
        why = state_reasons.reason(condition, verdict, out_of=out_of)
        return State(verdict.state, why, told, now_s)

    def _spread(self, changes: Sequence[Change], now_s: float) -> list[Change]:
        """What the changes of children make of composite alarms, and those of others.

        Alarms that depend on themselves are left alone, as CloudWatch does.
        """
        found: list[Change] = []
        causes = list(changes)
        while causes:
            cause = causes.pop(0).alarm
            for parent in self._parents(cause.name):
                entered = self._composite(parent, cause, now_s, created=False)
                found += entered
                causes += entered
        return found

    def _composite(
        self, alarm: Alarm, cause: Alarm | None, now_s: float, *, created: bool
    ) -> list[Change]:
        rule = parser.parse(alarm.settings["AlarmRule"])
        if alarm.name in self._below(alarm):
            return []
        value = StateValue.ALARM if rule.holds(self._state_of) else StateValue.OK
        if value is alarm.state.value:
            return []
        names = [cause.name] if cause else parser.children(rule)
        told = [child for name in names if (child := self._shelf.get(name))]
        state = State(
            value,
            state_reasons.composite_reason(alarm, value, cause, created=created),
            state_reasons.composite_data(told),
            now_s,
        )
        return self._entered(alarm, state)

    def _entered(self, alarm: Alarm, state: State) -> list[Change]:
        """Keep the new state; a Change if it is another one than before."""
        moved = replace(alarm, state=state)
        self._shelf.put(moved)
        if state.value is alarm.state.value:
            return []
        change = Change(moved, alarm.state)
        self._history.changed(change)
        return [change]

    def _follow(self, changes: list[Change]) -> list[Change]:
        for change in changes:
            self._actions.follow(change)
        return changes

    def _state_of(self, name: str) -> StateValue | None:
        alarm = self._shelf.get(name)
        return alarm.state.value if alarm else None

    def _parents(self, name: str) -> list[Alarm]:
        return [a for a in self._shelf.all() if name in children_of(a)]

    def _below(self, alarm: Alarm) -> set[str]:
        """The names of all alarms that the alarm depends on, directly or not."""
        found: set[str] = set()
        names = children_of(alarm)
        while names:
            name = names.pop()
            child = self._shelf.get(name)
            if child is not None and name not in found:
                names += children_of(child)
            found.add(name)
        return found


def children_of(alarm: Alarm) -> list[str]:
    """The names of the alarms in a composite alarm's rule; none for a metric alarm."""
    if alarm.kind is not Kind.COMPOSITE:
        return []
    return list(parser.children(parser.parse(alarm.settings["AlarmRule"])))


def _ended(alarm: Alarm, now_s: float) -> int:
    """When the latest window of the alarm was over: the windows slide by steps."""
    step = datapoints.step_of(alarm.settings)
    return int(now_s // step) * step


def _ending(alarm: Alarm, now_s: float) -> int:
    """When the window under way will be over."""
    step = datapoints.step_of(alarm.settings)
    return -int(-now_s // step) * step
