"""The process that hosts the emulators: opens, warms, serves, closes."""

import contextlib
import os
import secrets
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask

from lab_emulators.aws.background_warm_up import BackgroundWarmUp
from lab_emulators.contract import ROLLBAR_API_PATH, VERSION
from lab_emulators.forwarding import CopyForwarder
from lab_emulators.honeycomb import copies as honeycomb_copies
from lab_emulators.honeycomb import warm_up
from lab_emulators.honeycomb.app import create_app, forget_requests
from lab_emulators.honeycomb.config import LAB_KEY, HoneycombConfig
from lab_emulators.process.control import Control, ControlActions, Leases
from lab_emulators.process.state_file import StateFile
from lab_emulators.process.upstreams import upstreams_of
from lab_emulators.rollbar import copies as rollbar_copies
from lab_emulators.rollbar.app import create_app as create_rollbar
from lab_emulators.rollbar.app import reset as reset_rollbar
from lab_emulators.rollbar.config import LAB_TOKENS, RollbarConfig
from lab_emulators.store import Limits, Store
from lab_emulators.web.server import THREADS, Server, bind

if TYPE_CHECKING:
    from lab_emulators.aws.cloud import Cloud
    from lab_emulators.aws.daemon import Daemon

GRACE_S = 30.0

# the other threads are for queries while these wait for their data to be durable
_APPENDS = THREADS - 8
_PROXY_THREADS = 4


@dataclass(frozen=True, slots=True)
class Options:
    """Options of the host: where the data is, which ports are preferred, how long.

    Port 0 means any. With `keep` the process runs until it is stopped, else until
    nobody held a lease for `grace_s`.
    """

    state_dir: Path
    honeycomb_port: int
    aws_port: int
    xray_port: int
    rollbar_port: int
    region: str
    keep: bool = False
    grace_s: float = GRACE_S
    honeycomb: HoneycombConfig = field(default_factory=HoneycombConfig)
    rollbar: RollbarConfig = field(default_factory=RollbarConfig)


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """The running emulators: of each the application, or its parts, and its server.

    `remarks` say which preferred port was taken. What `ready` and `health` return is
    JSON-ready.
    """

    state_dir: Path
    honeycomb_store: Store
    honeycomb_app: Flask
    honeycomb: Server
    cloud: "Cloud"
    aws: Server
    daemon: "Daemon"
    rollbar_app: Flask
    rollbar: Server
    control: Control
    remarks: tuple[str, ...]
    forwarders: Mapping[str, CopyForwarder]
    stopping: threading.Event = field(default_factory=threading.Event)

    def warm(self) -> None:
        """Prepares, in the background, what would delay the first requests."""
        self.cloud.warm_up()

    def wait(self) -> None:
        """Serves until stopped, unused for the whole grace, or without a state file."""
        leases, state_file = self.control.leases, StateFile(self.state_dir)
        pause = min(1.0, leases.grace_s / 4)
        while not self.stopping.wait(pause):
            if leases.expired() or state_file.lost():
                return

    def stop(self) -> None:
        """Makes `wait` return; may be called from any thread."""
        self.stopping.set()

    def forward(self, document: object) -> dict[str, Any]:
        """Sets each vendor's upstream as `document` says, and returns the reports.

        A vendor that it does not name is forwarded nowhere. ValueError says what is
        wrong with the document, without repeating a key.
        """
        upstreams = upstreams_of(document, self.forwarders.keys())
        for vendor, forwarder in self.forwarders.items():
            forwarder.connect(upstreams.get(vendor))
        return self.forwarding()

    def forwarding(self) -> dict[str, Any]:
        """Vendor → report of its forwarder, of those that have an upstream."""
        reports = {name: one.report() for name, one in self.forwarders.items()}
        return {name: report for name, report in reports.items() if report}

    def reset(self) -> None:
        """Removes all data; the servers go on serving."""
        self.honeycomb_store.reset()
        forget_requests(self.honeycomb_app)
        self.cloud.reset()
        reset_rollbar(self.rollbar_app)

    def ready(self) -> dict[str, Any]:
        """The ready line: process, addresses and keys, and remarks."""
        rollbar = self.rollbar.url + ROLLBAR_API_PATH
        return {
            "ready": True,
            "pid": os.getpid(),
            "version": VERSION,
            "control": self.control.url,
            "token": self.control.token,
            "honeycomb": {"endpoint": self.honeycomb.url, "api_key": LAB_KEY},
            "aws": {"endpoint": self.aws.url},
            "xray": {"daemon_address": self.daemon.address},
            "rollbar": {"endpoint": rollbar, "tokens": dict(LAB_TOKENS)},
            "said": list(self.remarks),
        }

    def health(self) -> dict[str, Any]:
        """The answer of `GET /health`: ready line, counts, leases, forwarding."""
        leases, answer = self.control.leases, self.ready()
        answer["xray"] |= {"stats": self.daemon.stats(), **self.cloud.health()}
        answer |= {"leases": leases.held, "kept": leases.until_stopped}
        return answer | {"forwarding": self.forwarding()}


@contextlib.contextmanager
def hosted(options: Options) -> Iterator[Host]:
    """The host with its servers open, warm and answering; closes it on leaving.

    Raises StoreError when the data cannot be opened, OSError for files and ports.
    The control side goes last: a client that sees it gone finds the files closed.
    """
    with contextlib.ExitStack() as opened:
        leases = Leases(options.grace_s, until_stopped=options.keep)
        # sent in the ready line, because a command line can be read by anybody
        control = Control(secrets.token_urlsafe(16), leases)
        opened.callback(control.stop)
        host = _opened_host(opened, options, control)
        control.start(ControlActions(host.health, host.reset, host.stop, host.forward))
        leases.start()
        yield host


def _opened_host(
    opened: contextlib.ExitStack, options: Options, control: Control
) -> Host:
    """Every emulator, serving; `opened` closes them in the opposite order."""
    loading = BackgroundWarmUp(options.state_dir, options.region, appends=_APPENDS)
    opened.callback(loading.close)
    store = opened.enter_context(_honeycomb_store(options))
    warm_up.warm(options.honeycomb)
    forwarders = {
        "honeycomb": honeycomb_copies.forwarder(),
        "rollbar": rollbar_copies.forwarder(),
    }
    for forwarder in forwarders.values():
        opened.callback(forwarder.close)
    honeycomb_app = create_app(store, options.honeycomb, forwarders["honeycomb"])
    servers = _Servers(opened)
    honeycomb = servers.serve("honeycomb", honeycomb_app, options.honeycomb_port)
    cloud = loading.result()
    aws = servers.serve("aws", cloud.gateway, options.aws_port)
    daemon = servers.listen(aws, options)
    rollbar_store = opened.enter_context(_rollbar_store(options))
    rollbar_app = create_rollbar(rollbar_store, options.rollbar, forwarders["rollbar"])
    rollbar = servers.serve("rollbar", rollbar_app, options.rollbar_port)
    return Host(
        state_dir=options.state_dir,
        honeycomb_store=store,
        honeycomb_app=honeycomb_app,
        honeycomb=honeycomb,
        cloud=cloud,
        aws=aws,
        daemon=daemon,
        rollbar_app=rollbar_app,
        rollbar=rollbar,
        control=control,
        remarks=tuple(servers.remarks),
        forwarders=forwarders,
    )


class _Servers:
    """Starts servers; `remarks` collects which preferred port was taken."""

    def __init__(self, opened: contextlib.ExitStack) -> None:
        self._opened = opened
        self.remarks: list[str] = []

    def serve(self, name: str, app: Any, port: int) -> Server:
        """Serves an application on a port, or on the next free one."""
        listening, remark = bind(port)
        self._remark(remark)
        server = Server(name, app, listening)
        self._opened.callback(server.stop)
        return server

    def listen(self, aws: Server, options: Options) -> "Daemon":
        """Starts the X-Ray daemon; it sends to the gateway as the real one would."""
        # not before the thread that loads the local AWS had its chance to load botocore
        from lab_emulators.aws import daemon as xray_daemon

        sockets, remark = xray_daemon.bind(options.xray_port)
        self._remark(remark and f"the X-Ray daemon's {remark}")
        forwarder = xray_daemon.Forwarder(aws.url, options.region, "lab", "lab")
        daemon = xray_daemon.Daemon(
            sockets,
            forwarder,
            lambda app, tcp: Server("xray tcp", app, tcp, threads=_PROXY_THREADS),
        )
        self._opened.callback(daemon.stop)
        return daemon

    def _remark(self, remark: str | None) -> None:
        if remark:
            self.remarks.append(remark)


def _honeycomb_store(options: Options) -> Store:
    """The store, refusing appends before they take every thread."""
    return Store.open(
        options.state_dir / "honeycomb" / "events.duckdb",
        limits=Limits(pending_appends=_APPENDS),
        max_columns=options.honeycomb.limits.dataset_columns,
    )


def _rollbar_store(options: Options) -> Store:
    path = options.state_dir / "rollbar" / "items.duckdb"
    return Store.open(path, limits=Limits(pending_appends=_APPENDS))
