"""Checks of this machine: Python, packages, folder, ports, clock."""

import errno
import os
import re
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, distributions, requires, version
from pathlib import Path
from urllib.parse import urlsplit

import requests

from lab_helpers import process
from lab_helpers.doctor.report import FREE_SPACE, Finding
from lab_helpers.process import disk
from lab_helpers.settings import Settings

OLDEST = (3, 11)
CLOCK_SECONDS = 30


def python(present: tuple[int, ...]) -> Finding:
    """The interpreter is one the workbook is made for."""
    text = ".".join(map(str, present))
    if present >= OLDEST:
        return Finding("Python", text)
    oldest = ".".join(map(str, OLDEST))
    return Finding("Python", text, f"install Python {oldest} or newer")


def packages(constraints: Path) -> Finding:
    """Every package the workbook requires is here, in a version it was tested with."""
    try:
        pins = _pins(constraints.read_text(encoding="utf-8"))
    except OSError as error:
        return Finding("packages", f"{error}", "get a fresh copy of the workbook")
    wrong = [
        f"{name} {installed}, not {' or '.join(sorted(pins[name]))}"
        for name, installed in _installed().items()
        if name in pins and installed not in pins[name]
    ]
    missing = [f"{name} is missing" for name in _needed() if not _version(name)]
    if not wrong + missing:
        return Finding("packages", f"{len(_needed())} asked for, all as pinned")
    return Finding(
        "packages",
        "; ".join(missing + wrong),
        "run `python workbook.py lab` once more, or use its environment's Python "
        f"(this one is {sys.executable})",
    )


def _pins(text: str) -> dict[str, set[str]]:
    """Package → versions allowed; several where Python or the system decide."""
    pins: dict[str, set[str]] = {}
    for name, pinned in re.findall(r"^([\w.-]+)==([^\s;]+)", text, re.MULTILINE):
        pins.setdefault(_plain(name), set()).add(pinned)
    return pins


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _installed() -> dict[str, str]:
    return {_plain(d.metadata["Name"]): d.version for d in distributions()}


def _needed() -> list[str]:
    requirements = requires("tracing-workbook") or []
    names = (
        re.match(r"[\w.-]+", line) for line in requirements if "extra ==" not in line
    )
    return [_plain(match[0]) for match in names if match]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def folder(state_dir: Path) -> Finding:
    """The state folder can be written to and has room."""
    try:
        state_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=state_dir) as file:
            file.write(b"\0" * 4096)
        free = disk.free_bytes(state_dir)
    except OSError as error:
        return Finding(
            "folder",
            f"{state_dir}: {error.strerror or error}",
            _folder_remedy(error),
        )
    text = f"{state_dir} can be written to, {free / 2**30:.1f} GiB free"
    return Finding("folder", text, FREE_SPACE if free < disk.LOW_BYTES else "")


def _folder_remedy(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return FREE_SPACE
    return "make it writable, or set LAB_STATE_DIR to a folder that is"


def ports(settings: Settings, running: process.Running | None) -> Iterator[Finding]:
    """Each preferred port is the lab's or free; otherwise the next one will serve."""
    preferred = {
        "Honeycomb": settings.ports.honeycomb,
        "AWS": settings.ports.aws,
        "X-Ray": settings.ports.xray,
        "Rollbar": settings.ports.rollbar,
    }
    for vendor, port in preferred.items():
        what = f"{vendor} port"
        if running is None:
            yield Finding(what, _free(port, udp=vendor == "X-Ray"))
        else:
            yield Finding(what, f"{_port_of(running, vendor)} is the lab's")


def _port_of(running: process.Running, vendor: str) -> int | None:
    lab = running.addresses
    urls = {
        "Honeycomb": lab.honeycomb,
        "AWS": lab.aws,
        "X-Ray": f"udp://{lab.xray}",
        "Rollbar": lab.rollbar,
    }
    return urlsplit(urls[vendor]).port


def _free(port: int, *, udp: bool) -> str:
    """Tells whether a port can be bound; the X-Ray daemon needs it for UDP as well."""
    kinds = [socket.SOCK_STREAM, *([socket.SOCK_DGRAM] if udp else [])]
    if not port:
        return "any free one"
    if all(_bindable(port, kind) for kind in kinds):
        return f"{port} is free"
    return f"{port} is taken; the lab will use the next free one"


def _bindable(port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(type=kind) as probe:
        if os.name == "posix" and kind is socket.SOCK_STREAM:
            # or connections of an ended lab would count
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def lab(running: process.Running | None, state_dir: Path) -> Finding:
    """A lab of this version answers."""
    silent = None if running else process.unresponsive(state_dir)
    if silent is not None:
        return Finding(
            "lab",
            f"process {silent} is there and does not answer",
            "run `lab up`, or lab.start() in a notebook: it starts another one",
        )
    if running is None:
        return Finding(
            "lab", "is not running", "run `lab up`, or lab.start() in a notebook"
        )
    return Finding("lab", f"process {running.pid} answers")


def clock(endpoint: str) -> Finding:
    """This machine's clock agrees with the endpoint's `Date` header."""
    try:
        date = requests.head(endpoint, timeout=10).headers["Date"]
        off = time.time() - parsedate_to_datetime(date).timestamp()
    except (requests.RequestException, KeyError, ValueError) as error:
        return Finding(
            "clock",
            f"{endpoint} sent no Date header: {error!r}",
            "check the connection",
        )
    text = f"{abs(off):.0f} s from {endpoint}"
    far = "set this machine's clock; queries look for recent spans"
    return Finding("clock", text, far if abs(off) > CLOCK_SECONDS else "")
