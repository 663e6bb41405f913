"""Names of single events: the eventId of the API and Logs Insights' @ptr."""

import base64
import json

from lab_emulators.aws.logs.errors import invalid
from lab_emulators.aws.logs.repository.events_table import Place


def pointer(group: str, time_ms: int, seq: int) -> str:
    """The `@ptr` of the event with that number in the archive."""
    text = json.dumps([group, time_ms, seq], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode()


def pointed(text: str) -> tuple[str, Place]:
    """The group and place of an event; InvalidParameterException if it is no @ptr."""
    try:
        raw = base64.b64decode(text.encode(), altchars=b"-_", validate=True)
        group, time_ms, seq = json.loads(raw)
        return str(group), Place(int(time_ms), int(seq))
    except (ValueError, TypeError, OverflowError) as error:
        raise invalid("The specified logRecordPointer is invalid.") from error
