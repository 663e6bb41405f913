"""Forwarding: a copy of what an emulator acknowledged goes to the real service.

Opens a connection only once an upstream is set. A copy that waits is in memory alone:
when the process is killed the copy is lost, never what the lab itself stored. A copy
whose answer does not come is sent again, so the real service may have it twice.
"""

from lab_emulators.forwarding.backoff import Backoff
from lab_emulators.forwarding.forwarder import CopyForwarder, Sender
from lab_emulators.forwarding.model import Copy, Upstream
from lab_emulators.forwarding.outbox import OutboxLimits

__all__ = ["Backoff", "Copy", "CopyForwarder", "OutboxLimits", "Sender", "Upstream"]
