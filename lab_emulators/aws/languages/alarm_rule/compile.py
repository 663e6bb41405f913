"""A composite alarm's rule as a function of the states of other alarms."""

from collections.abc import Callable
from typing import assert_never

from lab_emulators.aws.alarms.model import StateValue
from lab_emulators.aws.languages.alarm_rule.nodes import InState, Rule
from lab_emulators.lang.nodes import AllOf, AnyOf, Boolean, Not

States = Callable[[str], StateValue | None]
"""The state of the alarm of a name, None when there is no such alarm."""


def holds(rule: Rule, states: States) -> bool:
    """True if the alarms' states satisfy the rule."""
    match rule:
        case InState(state=state, name=name):
            return states(name) is state
        case Boolean(value=value):
            return value
        case Not(part=part):
            return not holds(part, states)
        case AllOf(parts=parts):
            return all(holds(part, states) for part in parts)
        case AnyOf(parts=parts):
            return any(holds(part, states) for part in parts)
        case _:
            assert_never(rule)
