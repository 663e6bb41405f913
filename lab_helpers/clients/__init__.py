"""Pull results back from the vendors' public APIs into tidy DataFrames."""

from lab_helpers.clients.cloudwatch import CloudWatchClient
from lab_helpers.clients.errors import (
    CloudWatchError,
    CloudWatchTimeoutError,
    HoneycombError,
    HoneycombTimeoutError,
    XRayError,
    XRayTimeoutError,
)
from lab_helpers.clients.honeycomb import HoneycombClient
from lab_helpers.clients.xray import XRayClient
from lab_helpers.clients.xray_ids import w3c_id, xray_id

__all__ = [
    "CloudWatchClient",
    "CloudWatchError",
    "CloudWatchTimeoutError",
    "HoneycombClient",
    "HoneycombError",
    "HoneycombTimeoutError",
    "XRayClient",
    "XRayError",
    "XRayTimeoutError",
    "w3c_id",
    "xray_id",
]
