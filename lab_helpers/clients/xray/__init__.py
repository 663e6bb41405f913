"""X-Ray's query API as DataFrames and service maps."""

from lab_helpers.clients.xray.client import XRayClient
from lab_helpers.clients.xray.ids import w3c_id, xray_id

__all__ = ["XRayClient", "w3c_id", "xray_id"]
