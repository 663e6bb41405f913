"""Pull results back from the vendors' public APIs into tidy DataFrames."""

from lab_helpers.clients.cloudwatch.client import CloudWatchClient
from lab_helpers.clients.honeycomb.client import HoneycombClient
from lab_helpers.clients.rollbar.client import RollbarClient
from lab_helpers.clients.rollbar.page import ItemPage
from lab_helpers.clients.transport.errors import (
    CloudWatchError,
    CloudWatchTimeoutError,
    HoneycombError,
    HoneycombTimeoutError,
    RollbarError,
    RollbarTimeoutError,
    XRayError,
    XRayTimeoutError,
)
from lab_helpers.clients.xray.client import XRayClient
from lab_helpers.clients.xray.ids import w3c_id, xray_id

__all__ = [
    "CloudWatchClient",
    "CloudWatchError",
    "CloudWatchTimeoutError",
    "HoneycombClient",
    "HoneycombError",
    "HoneycombTimeoutError",
    "ItemPage",
    "RollbarClient",
    "RollbarError",
    "RollbarTimeoutError",
    "XRayClient",
    "XRayError",
    "XRayTimeoutError",
    "w3c_id",
    "xray_id",
]
