"""The X-Ray daemon, emulated: the real one can take its place."""

from lab_helpers.emulators.aws.daemon.daemon import Daemon
from lab_helpers.emulators.aws.daemon.forward import Forwarder
from lab_helpers.emulators.aws.daemon.ports import bind

__all__ = ["Daemon", "Forwarder", "bind"]
