"""Seeded visitors for Kittiwake, and its incidents."""

from lab_helpers.traffic.habits import HABITS, Habit
from lab_helpers.traffic.haystack import haystack
from lab_helpers.traffic.incident import (
    Incident,
    IncidentRefused,
    incident,
    incidents,
)
from lab_helpers.traffic.load import MachineLoad
from lab_helpers.traffic.mystery import Mystery, mystery
from lab_helpers.traffic.plan import Arrival, plan
from lab_helpers.traffic.report import Report
from lab_helpers.traffic.visit import VisitorsFailed, run
from lab_helpers.traffic.wire import NothingListens, get

__all__ = [
    "HABITS",
    "Arrival",
    "Habit",
    "Incident",
    "IncidentRefused",
    "MachineLoad",
    "Mystery",
    "NothingListens",
    "Report",
    "VisitorsFailed",
    "get",
    "haystack",
    "incident",
    "incidents",
    "mystery",
    "plan",
    "run",
]
