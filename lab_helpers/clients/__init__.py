"""Pull results back from the vendors' public APIs into tidy DataFrames."""

from lab_helpers.clients.errors import HoneycombError, HoneycombTimeoutError
from lab_helpers.clients.honeycomb import HoneycombClient

__all__ = ["HoneycombClient", "HoneycombError", "HoneycombTimeoutError"]
