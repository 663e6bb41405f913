"""The process that hosts the emulators: opens, warms, serves, closes."""

import contextlib
import os
import secrets
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from flask import Flask

from lab_helpers.emulators import warmup
from lab_helpers.emulators.control import Actions, Control, Leases
from lab_helpers.emulators.honeycomb.app import create_app, forget_requests
from lab_helpers.emulators.honeycomb.config import LAB_KEY, HoneycombConfig
from lab_helpers.emulators.serving import THREADS, Server, bind
from lab_helpers.emulators.store import Store
from lab_helpers.emulators.store.writer import Limits

HONEYCOMB_PORT = 7318
"""Not OTLP's 4318: a forgotten endpoint must fail here as it would in real life."""

VERSION = version("tracing-workbook")
GRACE_S = 30.0

_FREE_THREADS = 8  # for queries, while all others wait for their events to be durable


@dataclass(frozen=True, slots=True)
class Options:
    """How to host: where the data is, which port is preferred, for how long.

    With `keep` the process runs until it is stopped, else until nobody held a lease
    for `grace_s`.
    """

    state_dir: Path
    honeycomb_port: int = HONEYCOMB_PORT
    keep: bool = False
    grace_s: float = GRACE_S
    honeycomb: HoneycombConfig = field(default_factory=HoneycombConfig)


@dataclass(frozen=True, slots=True)
class Host:
    """The running emulators. What they say of themselves is JSON-ready."""

    store: Store
    app: Flask
    honeycomb: Server
    control: Control
    said: tuple[str, ...]
    stopping: threading.Event = field(default_factory=threading.Event)

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

    def ready(self) -> dict[str, Any]:
        """The ready line: where everything is."""
        return {
            "ready": True,
            "pid": os.getpid(),
            "version": VERSION,
            "control": self.control.url,
            "token": self.control.token,
            "honeycomb": {"endpoint": self.honeycomb.url, "api_key": LAB_KEY},
            "said": list(self.said),
        }

    def health(self) -> dict[str, Any]:
        """What `GET /health` answers: the ready line and who needs the process."""
        leases = self.control.leases
        return {**self.ready(), "leases": leases.held, "kept": leases.kept}


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
        store = opened.enter_context(_opened_store(options))
        warmup.warm(options.honeycomb)
        app = create_app(store, options.honeycomb)
        listening, remark = bind(options.honeycomb_port)
        honeycomb = Server("honeycomb", app, listening)
        opened.callback(honeycomb.stop)
        host = Host(store, app, honeycomb, control, (remark,) if remark else ())
        control.start(Actions(host.health, host.reset, host.stop))
        leases.start()
        yield host


def _opened_store(options: Options) -> Store:
    """The store, refusing appends before they take every thread."""
    return Store.open(
        options.state_dir / "honeycomb" / "events.duckdb",
        limits=Limits(pending_appends=THREADS - _FREE_THREADS),
        max_columns=options.honeycomb.limits.dataset_columns,
    )
