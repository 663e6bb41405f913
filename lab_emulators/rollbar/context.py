"""Context of a request: the emulator's parts, and the request's access token."""

from dataclasses import dataclass

from flask import current_app

from lab_emulators.forwarding import CopyForwarder
from lab_emulators.rollbar.config import RollbarConfig
from lab_emulators.rollbar.items.repository import ItemRepository
from lab_emulators.store import Store
from lab_emulators.web.flask_app import EXTENSION
from lab_emulators.web.ratelimit import RateLimiter


@dataclass(frozen=True, slots=True)
class RollbarEmulator:
    """One emulated Rollbar: store, repository, settings, call counts, forwarder."""

    store: Store
    repository: ItemRepository
    config: RollbarConfig
    limiter: RateLimiter
    forwarder: CopyForwarder


def emulator() -> RollbarEmulator:
    """The emulator that answers the current request."""
    current: RollbarEmulator = current_app.extensions[EXTENSION]
    return current


def store() -> Store:
    """The store behind the current request."""
    return emulator().store


def repository() -> ItemRepository:
    """The items and occurrences behind the current request."""
    return emulator().repository


def config() -> RollbarConfig:
    """The configuration in force for the current request."""
    return emulator().config
