"""Context of a request: the emulator's parts, and the request's API key."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import current_app, g

from lab_emulators.forwarding import CopyForwarder
from lab_emulators.honeycomb.config import ApiKey, HoneycombConfig
from lab_emulators.store import Batch, Store
from lab_emulators.web.flask_app import EXTENSION
from lab_emulators.web.ratelimit import RateLimiter


@dataclass(frozen=True, slots=True)
class HoneycombEmulator:
    """One emulated Honeycomb: store, configuration, request counts, forwarder."""

    store: Store
    config: HoneycombConfig
    limiter: RateLimiter
    forwarder: CopyForwarder


def emulator() -> HoneycombEmulator:
    """The emulator that answers the current request."""
    current: HoneycombEmulator = current_app.extensions[EXTENSION]
    return current


def store() -> Store:
    """The store behind the current request."""
    return emulator().store


def config() -> HoneycombConfig:
    """The configuration in force for the current request."""
    return emulator().config


def current_key() -> ApiKey:
    """The key that authenticated the current request."""
    key: ApiKey = g.key
    return key


def append(batches: Sequence[Batch]) -> None:
    """Stores `batches`, all or none, and waits until they are durable.

    Without `durable`, which only benchmarks ask for, nobody waits. `g.batches` has
    them afterwards.
    """
    if config().durable:
        store().append(batches)
    else:
        store().submit(batches)
    g.batches = batches
