"""The X-Ray daemon: UDP in, TCP in, HTTP out to the service."""

import logging
import socket
import threading
from collections.abc import Callable
from typing import Any, Protocol

from lab_emulators.aws.daemon import packet as packets
from lab_emulators.aws.daemon.forward import Forwarder
from lab_emulators.aws.daemon.packet import Kind, PacketError
from lab_emulators.aws.daemon.ports import LOOPBACK
from lab_emulators.aws.daemon.proxy import Proxy
from lab_emulators.aws.daemon.stats import Stats
from lab_emulators.aws.daemon.uploads import IDLE_S, TELEMETRY_S, Uploads

_POLL_S = 0.25  # how soon the receiver sees that it shall end
_RECEIVE_BUFFER = 4 * 2**20  # bursts wait in the kernel while Python is busy
_log = logging.getLogger(__name__)


class Stoppable(Protocol):
    """A WSGI application being served."""

    def stop(self) -> None:
        """Stops serving."""


Serve = Callable[[Proxy, socket.socket], Stoppable]
"""Serves a WSGI application on a listening socket."""


class Daemon:
    """Serves from the moment it is made until `stop`."""

    def __init__(
        self,
        sockets: tuple[socket.socket, socket.socket],
        forwarder: Forwarder,
        serve: Serve,
        *,
        idle_s: float = IDLE_S,
        telemetry_s: float = TELEMETRY_S,
    ) -> None:
        self._udp, tcp = sockets
        self._udp.settimeout(_POLL_S)
        self._udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        self.port: int = self._udp.getsockname()[1]
        self._stats = Stats()
        self._uploads = Uploads(
            forwarder, self._stats, idle_s=idle_s, telemetry_s=telemetry_s
        )
        self._ending = threading.Event()
        self._receiver = threading.Thread(
            target=self._receive, name="xray udp", daemon=True
        )
        self._receiver.start()
        self._proxy = serve(Proxy(forwarder), tcp)

    @property
    def address(self) -> str:
        """`host:port`, as `AWS_XRAY_DAEMON_ADDRESS` wants it."""
        return f"{LOOPBACK}:{self.port}"

    def stats(self) -> dict[str, Any]:
        """Counters of packets received, sent and lost; JSON-ready."""
        return self._stats.as_dict()

    def stop(self) -> None:
        """Stops the daemon, once: sends the packets that wait, closes both sockets."""
        if self._ending.is_set():
            return
        self._ending.set()
        self._receiver.join()
        self._udp.close()
        self._uploads.stop()
        self._proxy.stop()

    def _receive(self) -> None:
        while not self._ending.is_set():
            try:
                datagram = self._udp.recv(packets.LARGEST)
            except OSError:
                continue  # nobody sent anything; Windows also tells of lost answers
            self._take(datagram)

    def _take(self, datagram: bytes) -> None:
        self._stats.count("received")
        try:
            packet = packets.read(datagram)
        except PacketError as error:
            self._stats.reject(str(error))
            _log.warning("a packet of %d bytes: %s", len(datagram), error)
            return
        if packet.kind is Kind.UNSAMPLED:
            # AWS makes metrics of them (Application Signals), never traces
            self._stats.count("unsampled")
            return
        self._uploads.take(packet)

    def __repr__(self) -> str:
        return f"X-Ray daemon on {self.address}, {self.stats()['received']} packets"
