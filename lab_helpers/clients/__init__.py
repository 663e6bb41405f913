"""Pull results back from the vendors' public APIs into tidy DataFrames."""

from lab_helpers.clients.cloudwatch import CloudWatchClient
from lab_helpers.clients.errors import (
    CloudWatchError,
    CloudWatchTimeoutError,
    HoneycombError,
    HoneycombTimeoutError,
    RollbarError,
    RollbarTimeoutError,
    XRayError,
    XRayTimeoutError,
)
from lab_helpers.clients.honeycomb import HoneycombClient
from lab_helpers.clients.rollbar import RollbarClient
from lab_helpers.clients.rollbar_page import ItemPage
from lab_helpers.clients.xray import XRayClient
from lab_helpers.clients.xray_ids import w3c_id, xray_id

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
