"""`lab doctor`: what is wrong with this machine's lab, and what to do about it."""

import os
import re
import shutil
import socket
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from html import escape
from importlib.metadata import PackageNotFoundError, distributions, requires, version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from lab_helpers import awscalls, process, rollbarcalls, settings
from lab_helpers.settings import Mode, Settings

DATASET = "lab_doctor"
OLDEST = (3, 11)
CLOCK_SECONDS = 30
FREE_BYTES = 200 * 2**20
_AGAIN = "run `lab down` and `lab up`; if it persists, `lab reset`"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: what was looked at, what was found, what to do if it is not well."""

    what: str
    found: str
    remedy: str = ""

    @property
    def ok(self) -> bool:
        """True when nothing has to be done."""
        return not self.remedy

    @property
    def word(self) -> str:
        """The verdict in a word, so that no color is needed."""
        return "ok" if self.ok else "not ok"


@dataclass(frozen=True, slots=True, repr=False)
class Report:
    """All findings, in the order of the links they stand for."""

    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """True when every finding is."""
        return all(finding.ok for finding in self.findings)

    def __repr__(self) -> str:
        return "\n".join(_line(finding) for finding in self.findings)

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><th scope="row">{escape(f.what)}</th><td>{f.word}</td>'
            f"<td>{escape(f.found)}</td><td>{escape(f.remedy)}</td></tr>"
            for f in self.findings
        )
        heads = "".join(
            f'<th scope="col">{head}</th>'
            for head in ("checked", "verdict", "found", "what to do")
        )
        return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _line(finding: Finding) -> str:
    line = f"{finding.word:<7} {finding.what:<14} {finding.found}"
    return line if finding.ok else f"{line}\n{'':22} -> {finding.remedy}"


def examine(wanted: Settings) -> Report:
    """Run every check; none of them raises, each failure is a finding."""
    return Report(tuple(_findings(wanted)))


def _findings(wanted: Settings) -> Iterator[Finding]:
    yield python(sys.version_info[:3])
    yield packages(settings.ROOT / "constraints.txt")
    yield folder(wanted.state_dir)
    running = process.find(wanted.state_dir)
    yield from ports(wanted, running)
    if wanted.needs_lab:
        yield lab(running)
    here = running.lead(wanted) if running else wanted
    if here.honeycomb.mode is Mode.REAL:
        yield key(here)
    elif running:
        yield round_trip(here)
    if here.aws.mode is Mode.REAL or running:
        yield account(here)
    if here.aws.mode is Mode.EMULATED and running:
        yield segment(here)
    if here.rollbar.mode is Mode.REAL or running:
        yield message(here)
    if here.honeycomb.mode is Mode.REAL or running:
        yield clock(here.honeycomb.endpoint)


def python(found: tuple[int, ...]) -> Finding:
    """The interpreter is one the workbook is made for."""
    text = ".".join(map(str, found))
    if found >= OLDEST:
        return Finding("Python", text)
    oldest = ".".join(map(str, OLDEST))
    return Finding("Python", text, f"install Python {oldest} or newer")


def packages(constraints: Path) -> Finding:
    """Every package the workbook asks for is here, in a version it was tested with."""
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
    asked = requires("tracing-workbook") or []
    names = (re.match(r"[\w.-]+", line) for line in asked if "extra ==" not in line)
    return [_plain(found[0]) for found in names if found]


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
        free = shutil.disk_usage(state_dir).free
    except OSError as error:
        return Finding(
            "folder",
            f"{state_dir}: {error.strerror or error}",
            "make it writable, or set LAB_STATE_DIR to a folder that is",
        )
    text = f"{state_dir} can be written to, {free / 2**30:.1f} GiB free"
    low = "free some disk space" if free < FREE_BYTES else ""
    return Finding("folder", text, low)


def ports(wanted: Settings, running: process.Running | None) -> Iterator[Finding]:
    """Each vendor's preferred port is the lab's or free, or the next one will serve."""
    preferred = {
        "Honeycomb": wanted.honeycomb_port,
        "AWS": wanted.aws_port,
        "X-Ray": wanted.xray_port,
        "Rollbar": wanted.rollbar_port,
    }
    addresses = dict.fromkeys(preferred, "")
    if running is not None:
        served = running.endpoint, running.aws, f"//{running.daemon}", running.rollbar
        addresses = dict(zip(preferred, served, strict=True))
    for vendor, number in preferred.items():
        yield port(vendor, number, addresses[vendor])


def port(vendor: str, preferred: int, address: str = "") -> Finding:
    """One vendor's port; `address` is where the running lab listens for it."""
    what = f"{vendor} port"
    if address:
        return Finding(what, f"{urlsplit(address).port} is the lab's")
    if any(_is_taken(preferred, kind) for kind in _kinds(vendor)):
        taken = f"{preferred} is taken; the lab will use the next free one"
        return Finding(what, taken)
    return Finding(what, f"{preferred} is free" if preferred else "any free one")


def _kinds(vendor: str) -> tuple[socket.SocketKind, ...]:
    """TCP; the X-Ray daemon takes segments over UDP and sampling calls over TCP."""
    udp = (socket.SOCK_DGRAM,) if vendor == "X-Ray" else ()
    return (*udp, socket.SOCK_STREAM)


def _is_taken(number: int, kind: socket.SocketKind) -> bool:
    with socket.socket(type=kind) as probe:
        if os.name == "posix" and kind == socket.SOCK_STREAM:
            # Or connections of a lab that has ended would count.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", number))
        except OSError:
            return True
    return False


def lab(running: process.Running | None) -> Finding:
    """A lab of this version answers."""
    if running is None:
        return Finding(
            "lab", "is not running", "run `lab up`, or lab.start() in a notebook"
        )
    return Finding("lab", f"process {running.pid} answers")


def key(wanted: Settings) -> Finding:
    """The real service accepts the key (`GET /1/auth`)."""
    return _attempt("key", _ask_who, wanted, "check HONEYCOMB_API_KEY and its region")


def round_trip(wanted: Settings) -> Finding:
    """One span goes in over OTLP and is counted by a query, over HTTP both times."""
    return _attempt(
        "round trip",
        _span_and_back,
        wanted,
        _AGAIN,
    )


def account(wanted: Settings) -> Finding:
    """AWS, emulated or real, says who is asking (`sts get-caller-identity`)."""
    real = "check your AWS credentials and region"
    remedy = real if wanted.aws.mode is Mode.REAL else _AGAIN
    return _attempt("AWS", awscalls.who_am_i, wanted, remedy)


def segment(wanted: Settings) -> Finding:
    """One segment goes in over UDP and comes back with its trace."""
    yours = f"is the daemon at {wanted.xray.daemon_address} the one you mean?"
    return _attempt(
        "X-Ray",
        awscalls.segment_and_back,
        wanted,
        yours if wanted.xray.yours else _AGAIN,
    )


def message(wanted: Settings) -> Finding:
    """One message is reported and found; a real project is only asked if it answers."""
    if wanted.rollbar.mode is Mode.REAL:
        remedy = "check your Rollbar tokens"
        return _attempt("Rollbar", rollbarcalls.accepted, wanted, remedy)
    return _attempt("Rollbar", rollbarcalls.message_and_back, wanted, _AGAIN)


def clock(endpoint: str) -> Finding:
    """This machine's clock agrees with the endpoint's `Date` header."""
    try:
        date = requests.head(endpoint, timeout=10).headers["Date"]
        off = time.time() - parsedate_to_datetime(date).timestamp()
    except (requests.RequestException, KeyError, ValueError) as error:
        return Finding(
            "clock", f"{endpoint} told no time: {error!r}", "check the connection"
        )
    text = f"{abs(off):.0f} s from {endpoint}"
    far = "set this machine's clock; queries look for recent spans"
    return Finding("clock", text, far if abs(off) > CLOCK_SECONDS else "")


def _attempt(
    what: str, ask: Callable[[Settings], str], wanted: Settings, remedy: str
) -> Finding:
    try:
        return Finding(what, ask(wanted))
    except (requests.RequestException, LookupError, TypeError, OSError) as error:
        return Finding(what, f"{type(error).__name__}: {error}", remedy)


def _ask_who(wanted: Settings) -> str:
    who = _json(wanted, "GET", "/1/auth")
    return f"accepted for {who['environment']['name'] or who['team']['name']}"


def _span_and_back(wanted: Settings) -> str:
    began = time.monotonic()
    run = uuid.uuid4().hex
    sent = requests.post(
        f"{wanted.honeycomb.endpoint}/v1/traces",
        json=_one_span(run),
        headers={settings.TEAM_HEADER: wanted.honeycomb.api_key},
        timeout=10,
    )
    sent.raise_for_status()
    filters = [{"column": "run", "op": "=", "value": run}]
    spec = {
        "calculations": [{"op": "COUNT"}],
        "filters": filters,
        "time_range": 600,
    }
    query = _json(wanted, "POST", f"/1/queries/{DATASET}", spec)
    asked = {"query_id": query["id"], "disable_series": True}
    result = _json(wanted, "POST", f"/1/query_results/{DATASET}", asked)
    while not result["complete"]:
        if time.monotonic() - began > 20:
            raise TimeoutError("the query was not complete after 20 s")
        time.sleep(0.1)
        result = _json(wanted, "GET", f"/1/query_results/{DATASET}/{result['id']}")
    rows = result["data"]["results"]
    if [row["data"]["COUNT"] for row in rows] != [1]:
        raise LookupError(f"one span was sent, the query found {rows}")
    return f"one span in, one found, {(time.monotonic() - began) * 1000:.0f} ms"


def _json(wanted: Settings, method: str, path: str, body: object = None) -> Any:
    answer = requests.request(
        method,
        wanted.honeycomb.endpoint + path,
        json=body,
        headers={"x-honeycomb-team": wanted.honeycomb.api_key},
        timeout=10,
    )
    answer.raise_for_status()
    return answer.json()


def _one_span(run: str) -> dict[str, object]:
    """An OTLP/HTTP JSON body of one span (opentelemetry-proto, trace/v1)."""
    now = time.time_ns()
    span = {
        "traceId": run,
        "spanId": run[:16],
        "name": "doctor",
        "kind": 1,
        "startTimeUnixNano": str(now - 1_000_000),
        "endTimeUnixNano": str(now),
        "attributes": [{"key": "run", "value": {"stringValue": run}}],
    }
    service = {"key": "service.name", "value": {"stringValue": DATASET}}
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": [service]},
                "scopeSpans": [{"scope": {"name": DATASET}, "spans": [span]}],
            }
        ]
    }
