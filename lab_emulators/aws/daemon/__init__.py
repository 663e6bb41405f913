"""The X-Ray daemon, emulated: the real one can take its place."""

from lab_emulators.aws.daemon.daemon import Daemon
from lab_emulators.aws.daemon.forward import Forwarder
from lab_emulators.aws.daemon.ports import bind

__all__ = ["Daemon", "Forwarder", "bind"]
