"""Bounds of a metric math expression, its functions and their arguments.

A call is checked when it is evaluated: what no result needs is not looked at.
"""

from lab_emulators.aws.languages.metric_math.functions import FUNCTIONS
from lab_emulators.aws.languages.metric_math.nodes import MathExpression
from lab_emulators.lang.nodes import too_deep
from lab_emulators.lang.source import QueryError

MAX_LENGTH = 2048
MAX_DEPTH = 250
"""Levels of operators and calls (ours): who evaluates them calls itself for each."""
NOT_EMULATED = frozenset(
    {
        "ANOMALY_DETECTION_BAND",
        "DB_PERF_INSIGHTS",
        "INSIGHT_RULE_METRIC",
        "LAMBDA",
        "SEARCH",
        "SERVICE_QUOTA",
    }
)
"""Functions AWS has and the lab does not."""


def check_text(text: str) -> None:
    """Raises QueryError for another language, and for a text that is too long."""
    if text.strip().upper().startswith("SELECT"):
        raise _not_emulated("Metrics Insights (SELECT)")
    if len(text) > MAX_LENGTH:
        raise QueryError(f"an expression has at most {MAX_LENGTH} characters")


def checked(expression: MathExpression) -> MathExpression:
    """The tree; raises QueryError for one that is nested too deeply."""
    if too_deep(expression, MAX_DEPTH):
        raise QueryError("the expression is nested too deeply")
    return expression


def check_function(name: str) -> None:
    """Raises QueryError for a function that AWS has and the lab does not."""
    if name in NOT_EMULATED:
        raise _not_emulated(name)


def check_call(name: str, arguments: int) -> None:
    """Raises QueryError for an unknown function, or one with other arguments."""
    function = FUNCTIONS.get(name)
    if function is None:
        raise QueryError(f"unknown function {name}")
    if not function.least <= arguments <= function.most:
        raise QueryError(f"{name} does not take {arguments} arguments")


def _not_emulated(name: str) -> QueryError:
    return QueryError(f"not emulated locally: {name} in a metric math expression")
