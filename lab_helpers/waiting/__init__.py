"""Waiting that can be seen: words with seconds, and a limit on no progress."""

from lab_helpers.waiting.child import ChildActivity
from lab_helpers.waiting.status_line import StatusLine, display_widget

__all__ = ["ChildActivity", "StatusLine", "display_widget"]
