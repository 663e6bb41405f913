"""What a request can reach: the emulator's parts and who is asking."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import current_app, g

from lab_emulators.honeycomb.config import HoneycombConfig, Key
from lab_emulators.honeycomb.ratelimit import Limiter
from lab_emulators.store import Batch, Store

EXTENSION = "honeycomb"


@dataclass(frozen=True, slots=True)
class Emulator:
    """One emulated Honeycomb: its store, its configuration and its request counts."""

    store: Store
    config: HoneycombConfig
    limiter: Limiter


def emulator() -> Emulator:
    """The emulator that answers the current request."""
    found: Emulator = current_app.extensions[EXTENSION]
    return found


def store() -> Store:
    """The store behind the current request."""
    return emulator().store


def config() -> HoneycombConfig:
    """The configuration in force for the current request."""
    return emulator().config


def asking() -> Key:
    """The key that authenticated the current request."""
    key: Key = g.key
    return key


def append(batches: Sequence[Batch]) -> None:
    """Store `batches`, all or none, and wait until they are durable.

    Without `durable`, which only benchmarks ask for, nobody waits.
    """
    if config().durable:
        store().append(batches)
    else:
        store().submit(batches)
