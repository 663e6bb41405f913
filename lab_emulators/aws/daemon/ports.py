"""The daemon's two sockets: UDP and TCP under one number."""

import socket
import sys

LOOPBACK = "127.0.0.1"
_NEIGHBORS = 50
_Pair = tuple[socket.socket, socket.socket]


def bind(preferred: int) -> tuple[_Pair, str | None]:
    """Binds UDP and TCP on loopback: the preferred port, else the next free for both.

    The second value says so when it is another one. Port 0 means any. OSError when
    none is free.
    """
    if preferred == 0:
        return _any(), None
    try:
        return _both(preferred), None
    except OSError as refusal:
        for port in range(preferred + 1, min(preferred + _NEIGHBORS, 65535) + 1):
            try:
                return _both(port), f"port {preferred} is taken, using {port}"
            except OSError:
                continue
        raise refusal


def _any() -> _Pair:
    """The port the system chooses for TCP, if it is free for UDP as well."""
    for _ in range(_NEIGHBORS):
        tcp = _bound(socket.SOCK_STREAM, 0)
        try:
            return _bound(socket.SOCK_DGRAM, tcp.getsockname()[1]), tcp
        except OSError:
            tcp.close()
    raise OSError("no port is free for both UDP and TCP")


def _both(port: int) -> _Pair:
    udp = _bound(socket.SOCK_DGRAM, port)
    try:
        return udp, _bound(socket.SOCK_STREAM, port)
    except OSError:
        udp.close()
        raise


def _bound(kind: socket.SocketKind, port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, kind)
    try:
        if sys.platform == "win32":
            # there, reusing an address would steal it from who is listening
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        elif kind is socket.SOCK_STREAM:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((LOOPBACK, port))
        if kind is socket.SOCK_STREAM:
            sock.listen(128)
    except OSError:
        sock.close()
        raise
    return sock
