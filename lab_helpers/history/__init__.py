"""Kittiwake's past: days of its requests and spans, simulated from a seed.

>>> from lab_helpers import history
>>> day = history.day(seed=7, requests=100)
>>> len(day.requests)
100
"""

from lab_helpers.history.day import Day, day, days
from lab_helpers.history.incidents import Deploy, Incident, mystery

__all__ = ["Day", "Deploy", "Incident", "day", "days", "mystery"]
