"""Clients of the vendors' public APIs, with results as tidy DataFrames."""

from lab_helpers.clients.cloudwatch import CloudWatchClient, NotificationQueue
from lab_helpers.clients.honeycomb import HoneycombClient
from lab_helpers.clients.rollbar import ItemPage, RollbarClient
from lab_helpers.clients.transport.errors import (
    CloudWatchError,
    CloudWatchTimeoutError,
    HoneycombError,
    HoneycombPlanError,
    HoneycombTimeoutError,
    RollbarError,
    RollbarTimeoutError,
    XRayError,
    XRayTimeoutError,
)
from lab_helpers.clients.xray import XRayClient, w3c_id, xray_id

__all__ = [
    "CloudWatchClient",
    "CloudWatchError",
    "CloudWatchTimeoutError",
    "HoneycombClient",
    "HoneycombError",
    "HoneycombPlanError",
    "HoneycombTimeoutError",
    "ItemPage",
    "NotificationQueue",
    "RollbarClient",
    "RollbarError",
    "RollbarTimeoutError",
    "XRayClient",
    "XRayError",
    "XRayTimeoutError",
    "w3c_id",
    "xray_id",
]
