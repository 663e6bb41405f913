"""The tree of a composite alarm's rule."""

from dataclasses import dataclass

from lab_emulators.aws.alarms.model import StateValue
from lab_emulators.lang.nodes import AllOf, AnyOf, Boolean, Node, Not


@dataclass(frozen=True, slots=True)
class InState(Node):
    """The alarm is in the state; one that does not exist is in none."""

    state: StateValue
    name: str


Rule = InState | Boolean | Not["Rule"] | AllOf["Rule"] | AnyOf["Rule"]
