"""The process that hosts the emulators: opens, warms, serves, closes."""

import contextlib
import os
import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask

from lab_emulators.aws.background_warm_up import BackgroundWarmUp
from lab_emulators.contract import REGION as REGION
from lab_emulators.honeycomb import warm_up
from lab_emulators.honeycomb.app import create_app, forget_requests
from lab_emulators.honeycomb.config import LAB_KEY, HoneycombConfig
from lab_emulators.process.control import Actions, Control, Leases
from lab_emulators.rollbar.app import create_app as create_rollbar
from lab_emulators.rollbar.app import reset as reset_rollbar
from lab_emulators.rollbar.config import API, LAB_TOKENS, RollbarConfig
from lab_emulators.store import Store
from lab_emulators.store.durability.writer import Limits
from lab_emulators.web.server import THREADS, Server, bind

if TYPE_CHECKING:
    from lab_emulators.aws.cloud import Cloud
    from lab_emulators.aws.daemon import Daemon

HONEYCOMB_PORT = 7318
"""Not OTLP's 4318: a forgotten endpoint must fail here as it would in real life."""

AWS_PORT = 7320
XRAY_PORT = 2000
"""The real daemon's: SDKs look there when nothing else is said."""

ROLLBAR_PORT = 7321

VERSION = version("tracing-workbook")
GRACE_S = 30.0

# the other threads are for queries while these wait for their data to be durable
_APPENDS = THREADS - 8
_PROXY_THREADS = 4


@dataclass(frozen=True, slots=True)
class Options:
    """How to host: where the data is, which port is preferred, for how long.

    With `keep` the process runs until it is stopped, else until nobody held a lease
    for `grace_s`.
    """

    state_dir: Path
    honeycomb_port: int = HONEYCOMB_PORT
    aws_port: int = AWS_PORT
    xray_port: int = XRAY_PORT
    rollbar_port: int = ROLLBAR_PORT
    region: str = REGION
    keep: bool = False
    grace_s: float = GRACE_S
    honeycomb: HoneycombConfig = field(default_factory=HoneycombConfig)
    rollbar: RollbarConfig = field(default_factory=RollbarConfig)


@dataclass(frozen=True, slots=True)
class Host:
    """The running emulators. What they say of themselves is JSON-ready."""

    store: Store
    app: Flask
    honeycomb: Server
    cloud: "Cloud"
    aws: Server
    daemon: "Daemon"
    rollbar: Server
    errors: Flask
    control: Control
    said: tuple[str, ...]
    stopping: threading.Event = field(default_factory=threading.Event)

    def warm(self) -> None:
        """Make ready, in the background, what takes longer than anybody should wait."""
        self.cloud.warm_up()

    def wait(self) -> None:
        """Serve until told to stop, or until nobody needs the process any more."""
        leases = self.control.leases
        pause = min(1.0, leases.grace_s / 4)
        while not self.stopping.wait(pause):
            if leases.expired():
                return

    def stop(self) -> None:
        """Make `wait` return; may be called from any thread."""
        self.stopping.set()

    def reset(self) -> None:
        """Remove all data and go on serving."""
        self.store.reset()
        forget_requests(self.app)
        self.cloud.reset()
        reset_rollbar(self.errors)

    def ready(self) -> dict[str, Any]:
        """The ready line: where everything is."""
        return {
            "ready": True,
            "pid": os.getpid(),
            "version": VERSION,
            "control": self.control.url,
            "token": self.control.token,
            "honeycomb": {"endpoint": self.honeycomb.url, "api_key": LAB_KEY},
            "aws": {"endpoint": self.aws.url},
            "xray": {"daemon_address": self.daemon.address},
            "rollbar": {"endpoint": self.rollbar.url + API, "tokens": dict(LAB_TOKENS)},
            "said": list(self.said),
        }

    def health(self) -> dict[str, Any]:
        """What `GET /health` answers: ready line, the daemon's counts, who holds on."""
        leases, told = self.control.leases, self.ready()
        told["xray"] |= {"stats": self.daemon.stats(), **self.cloud.health()}
        return {**told, "leases": leases.held, "kept": leases.kept}


@contextlib.contextmanager
def hosted(options: Options) -> Iterator[Host]:
    """Everything open, warm and answering; closed again on leaving.

    Raises StoreError when the data cannot be opened, OSError for files and ports.
    The control side goes last: who sees it gone finds the files closed.
    """
    with contextlib.ExitStack() as opened:
        leases = Leases(options.grace_s, kept=options.keep)
        # told in the ready line, because a command line can be read by anybody
        control = Control(secrets.token_urlsafe(16), leases)
        opened.callback(control.stop)
        loading = BackgroundWarmUp(options.state_dir, options.region, appends=_APPENDS)
        opened.callback(loading.close)
        store = opened.enter_context(_opened_store(options))
        warm_up.warm(options.honeycomb)
        app = create_app(store, options.honeycomb)
        said: list[str | None] = []
        honeycomb = _served(opened, "honeycomb", app, options.honeycomb_port, said)
        cloud = loading.result()
        aws = _served(opened, "aws", cloud.gateway, options.aws_port, said)
        daemon = _listening(opened, aws, options, said)
        errors = create_rollbar(_rollbar_store(opened, options), options.rollbar)
        rollbar = _served(opened, "rollbar", errors, options.rollbar_port, said)
        remarks = tuple(remark for remark in said if remark)
        host = Host(
            store,
            app,
            honeycomb,
            cloud,
            aws,
            daemon,
            rollbar,
            errors,
            control,
            remarks,
        )
        control.start(Actions(host.health, host.reset, host.stop))
        leases.start()
        yield host


def _served(
    opened: contextlib.ExitStack,
    name: str,
    app: Any,
    port: int,
    said: list[str | None],
) -> Server:
    listening, remark = bind(port)
    said.append(remark)
    server = Server(name, app, listening)
    opened.callback(server.stop)
    return server


def _listening(
    opened: contextlib.ExitStack,
    aws: Server,
    options: Options,
    said: list[str | None],
) -> "Daemon":
    """The X-Ray daemon, sending to the front door as the real one would."""
    # not before the thread that loads the local AWS had its chance to load botocore
    from lab_emulators.aws import daemon as xray_daemon

    sockets, remark = xray_daemon.bind(options.xray_port)
    said.append(remark and f"the X-Ray daemon's {remark}")
    forwarder = xray_daemon.Forwarder(aws.url, options.region, "lab", "lab")
    daemon = xray_daemon.Daemon(
        sockets,
        forwarder,
        lambda app, tcp: Server("xray tcp", app, tcp, threads=_PROXY_THREADS),
    )
    opened.callback(daemon.stop)
    return daemon


def _opened_store(options: Options) -> Store:
    """The store, refusing appends before they take every thread."""
    return Store.open(
        options.state_dir / "honeycomb" / "events.duckdb",
        limits=Limits(pending_appends=_APPENDS),
        max_columns=options.honeycomb.limits.dataset_columns,
    )


def _rollbar_store(opened: contextlib.ExitStack, options: Options) -> Store:
    path = options.state_dir / "rollbar" / "items.duckdb"
    limits = Limits(pending_appends=_APPENDS)
    return opened.enter_context(Store.open(path, limits=limits))
