"""Windows of time that every service answers in full: whole minutes at both ends."""

import math

HOUR = 3600
STEPS = ((6 * HOUR, 60), (48 * HOUR, 300), (168 * HOUR, 1800))
"""Longest window and the step its ends are cut down to by the real Honeycomb, in s."""


def whole_minutes(start: float, end: float) -> tuple[int, int]:
    """The shortest window of whole minutes that contains one, both in Unix seconds.

    `end` itself is outside the window, as in a query. Beyond six hours the minutes come
    in fives, beyond two days in thirties: Honeycomb's query API cuts both ends of a
    window down to those, and would lose what lies after the last of them.
    """
    for longest, step in STEPS:
        window = math.floor(start / step) * step, math.ceil(end / step) * step
        if window[1] - window[0] <= longest:
            break
    return window
