"""The X-Ray daemon, emulated: the real one can take its place."""

from lab_helpers.emulators.aws.daemon.daemon import PORT, Daemon
from lab_helpers.emulators.aws.daemon.forward import Forwarder
from lab_helpers.emulators.aws.daemon.ports import bind

__all__ = ["PORT", "Daemon", "Forwarder", "bind"]
