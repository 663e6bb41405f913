"""Names of single events: the eventId of the API and Logs Insights' @ptr."""

import base64
import json


def pointer(group: str, time_ms: int, seq: int) -> str:
    """The `@ptr` of the event with that number in the archive."""
    text = json.dumps([group, time_ms, seq], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode()
