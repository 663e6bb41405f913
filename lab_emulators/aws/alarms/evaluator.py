"""The evaluator of alarms: periodically, on demand, and after a child changed."""

import logging
import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace

from lab_emulators.aws.alarms import datapoints, state_reasons
from lab_emulators.aws.alarms.actions import AlarmActions
from lab_emulators.aws.alarms.evaluation import evaluate
from lab_emulators.aws.alarms.model import (
    Alarm,
    AlarmState,
    AlarmType,
    StateChange,
    StateValue,
)
from lab_emulators.aws.alarms.repository.alarm_history import AlarmHistory
from lab_emulators.aws.alarms.repository.alarm_repository import AlarmRepository
from lab_emulators.aws.languages.alarm_rule.check import children, descendants
from lab_emulators.aws.languages.alarm_rule.compile import holds
from lab_emulators.aws.languages.alarm_rule.parser import parse
from lab_emulators.aws.metrics.core import MetricsCore
from lab_emulators.store import StoreClosedError

_log = logging.getLogger(__name__)


class Evaluator:
    """Changes the states of alarms; safe for threads.

    Actions run after the change is durable, and outside the lock.
    """

    def __init__(
        self,
        core: MetricsCore,
        repository: AlarmRepository,
        history: AlarmHistory,
        actions: AlarmActions,
    ) -> None:
        self._core = core
        self._repository = repository
        self._history = history
        self._actions = actions
        self._next: dict[str, float] = {}
        self._evaluation_lock = threading.Lock()

    def due(self) -> list[StateChange]:
        """Evaluates the metric alarms that are due."""
        now = self._core.clock()
        with self._evaluation_lock:
            waiting = [
                (alarm, _ended(alarm, now))
                for alarm in self._metric_alarms()
                if self._next.get(alarm.name, 0) <= now
            ]
            changes = self._evaluate(waiting, now)
        return self._run_actions(changes)

    def tick(self, now_s: float | None = None) -> list[StateChange]:
        """Evaluates every metric alarm as of `now_s` (seconds since 1970).

        Without a time it is as if the present periods were over: values of this moment
        count. The next periodic evaluation comes when the periods really are over.
        """
        now = self._core.clock() if now_s is None else now_s
        end = _ending if now_s is None else _ended
        with self._evaluation_lock:
            alarms = [(alarm, end(alarm, now)) for alarm in self._metric_alarms()]
            changes = self._evaluate(alarms, now)
        return self._run_actions(changes)

    def make_due(self, name: str) -> None:
        """Makes the alarm of that name due at once, if there is one."""
        self._next.pop(name, None)

    def set_state(self, name: str, state: AlarmState) -> None:
        """Sets the state of an alarm until its next evaluation; KeyError."""
        with self._repository.lock:
            alarm = self._repository.get(name)
            if alarm is None:
                raise KeyError(name)
            changes = self._entered(alarm, state)
            changes += self._propagated(changes, state.since_s)
        self._run_actions(changes)

    def evaluate_composite(self, alarm: Alarm, *, created: bool) -> None:
        """Evaluates a composite alarm that was just created or updated."""
        now = self._core.clock()
        with self._repository.lock:
            current = self._repository.get(alarm.name)
            if current is None:
                return  # deleted meanwhile
            changes = self._composite(current, None, now, created=created)
            changes += self._propagated(changes, now)
        self._run_actions(changes)

    def _metric_alarms(self) -> list[Alarm]:
        return [
            alarm for alarm in self._repository.all() if alarm.kind is AlarmType.METRIC
        ]

    def _evaluate(
        self, ends: Iterable[tuple[Alarm, int]], now_s: float
    ) -> list[StateChange]:
        changes: list[StateChange] = []
        for alarm, end_s in ends:
            step = datapoints.step_of(alarm.settings)
            self._next[alarm.name] = max(end_s, now_s // step * step + step)
            state = self._state(alarm, end_s, now_s)
            if state is None:
                continue
            with self._repository.lock:
                if self._repository.get(alarm.name) is alarm:
                    changes += self._entered(alarm, state)
                else:  # changed or deleted meanwhile
                    self.make_due(alarm.name)
        with self._repository.lock:
            return changes + self._propagated(changes, now_s)

    def _state(self, alarm: Alarm, end_s: int, now_s: float) -> AlarmState | None:
        """The state by the data up to `end_s`, None to keep the present one."""
        condition = datapoints.condition_of(alarm.settings)
        try:
            points = datapoints.points(self._core, alarm, end_s)
        except StoreClosedError:
            raise
        except Exception as error:  # noqa: BLE001 - e.g. an expression fails on these data
            _log.warning("alarm %s is not evaluated", alarm.name, exc_info=error)
            return None
        result = evaluate(condition, points)
        if result.state is None or result.state is alarm.state.value:
            return None
        samples = datapoints.samples(self._core, alarm, list(result.evaluated))
        if datapoints.too_few(alarm.settings, samples):
            return None
        deciding = state_reasons.reason_data(
            alarm, result, points=points, samples=samples, now_s=now_s
        )
        out_of = "DatapointsToAlarm" in alarm.settings
        why = state_reasons.reason(condition, result, out_of=out_of)
        return AlarmState(result.state, why, deciding, now_s)

    def _propagated(
        self, changes: Sequence[StateChange], now_s: float
    ) -> list[StateChange]:
        """Evaluates the composite alarms above changed alarms, up to the top.

        Alarms that depend on themselves keep their state, as in CloudWatch.
        """
        # Breadth first: each change is a cause that may change its own parents.
        effects: list[StateChange] = []
        causes = list(changes)
        while causes:
            cause = causes.pop(0).alarm
            for parent in self._parents(cause.name):
                entered = self._composite(parent, cause, now_s, created=False)
                effects += entered
                causes += entered
        return effects

    def _composite(
        self, alarm: Alarm, cause: Alarm | None, now_s: float, *, created: bool
    ) -> list[StateChange]:
        rule = parse(alarm.settings["AlarmRule"])
        if alarm.name in self._below(alarm):
            return []
        value = StateValue.ALARM if holds(rule, self._state_of) else StateValue.OK
        if value is alarm.state.value:
            return []
        names = [cause.name] if cause else children(rule)
        deciding = [child for name in names if (child := self._repository.get(name))]
        state = AlarmState(
            value,
            state_reasons.composite_reason(alarm, value, cause, created=created),
            state_reasons.composite_data(deciding),
            now_s,
        )
        return self._entered(alarm, state)

    def _entered(self, alarm: Alarm, state: AlarmState) -> list[StateChange]:
        """Stores the new state; a change if it differs from the one before."""
        moved = replace(alarm, state=state)
        self._repository.put(moved)
        if state.value is alarm.state.value:
            return []
        change = StateChange(moved, alarm.state)
        self._history.changed(change)
        return [change]

    def _run_actions(self, changes: list[StateChange]) -> list[StateChange]:
        for change in changes:
            self._actions.run(change)
        return changes

    def _state_of(self, name: str) -> StateValue | None:
        alarm = self._repository.get(name)
        return alarm.state.value if alarm else None

    def _parents(self, name: str) -> list[Alarm]:
        return [a for a in self._repository.all() if name in children_of(a)]

    def _below(self, alarm: Alarm) -> set[str]:
        """The names of all alarms that the alarm depends on, directly or not."""
        return descendants(children_of(alarm), self._children_of)

    def _children_of(self, name: str) -> list[str]:
        child = self._repository.get(name)
        return children_of(child) if child else []


def children_of(alarm: Alarm) -> list[str]:
    """The names of the alarms in a composite alarm's rule; none for a metric alarm."""
    if alarm.kind is not AlarmType.COMPOSITE:
        return []
    return list(children(parse(alarm.settings["AlarmRule"])))


def _ended(alarm: Alarm, now_s: float) -> int:
    """End of the alarm's latest complete window; windows slide by steps."""
    step = datapoints.step_of(alarm.settings)
    return int(now_s // step) * step


def _ending(alarm: Alarm, now_s: float) -> int:
    """End of the alarm's present window."""
    step = datapoints.step_of(alarm.settings)
    return -int(-now_s // step) * step
