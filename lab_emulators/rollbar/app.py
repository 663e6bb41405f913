"""The WSGI application of Rollbar: its routes, limits, errors and CORS."""

from flask import Flask, Response, g
from werkzeug.exceptions import HTTPException

from lab_emulators.contract import ROLLBAR_TOKEN_HEADER
from lab_emulators.forwarding import CopyForwarder
from lab_emulators.rollbar import copies, errors, ratelimit
from lab_emulators.rollbar.config import DEFAULT_WINDOW_S, RollbarConfig
from lab_emulators.rollbar.context import RollbarEmulator, config
from lab_emulators.rollbar.items.repository import ItemRepository
from lab_emulators.rollbar.routes import (
    account,
    create_item,
    deploys,
    items,
    occurrences,
    reports,
    rql_jobs,
    versions,
)
from lab_emulators.store import (
    DiskFullError,
    OverloadedError,
    QueryMemoryError,
    Store,
    StoreClosedError,
)
from lab_emulators.web import flask_app
from lab_emulators.web.ratelimit import RateLimiter

_ROUTES = (
    account,
    deploys,
    create_item,
    items,
    occurrences,
    versions,
    reports,
    rql_jobs,
)


_CORS = flask_app.Cors(
    # browsers report their errors themselves
    applies=lambda path: path.rstrip("/") == "/api/1/item",
    request_headers=f"{ROLLBAR_TOKEN_HEADER}, Content-Type, Accept",
    exposed_headers=", ".join(ratelimit.HEADERS),
    preflight=lambda: Response(status=200),
)


def create_app(
    store: Store,
    config: RollbarConfig | None = None,
    forwarder: CopyForwarder | None = None,
) -> Flask:
    """Makes a Rollbar over `store`, its API under `/api/1`.

    Copies of the items that it stores go to `forwarder`.
    """
    settings = RollbarConfig() if config is None else config
    repository = ItemRepository(store, settings.clock)
    limiter = RateLimiter(DEFAULT_WINDOW_S)
    forwarder = copies.forwarder() if forwarder is None else forwarder
    emulator = RollbarEmulator(store, repository, settings, limiter, forwarder)
    blueprints = (module.blueprint for module in _ROUTES)
    app = flask_app.create(emulator, blueprints, _error_handlers(), _CORS)
    app.after_request(_write_limits)
    return app


def reset(app: Flask) -> None:
    """Removes all items, occurrences, deploys and counts of calls."""
    emulator: RollbarEmulator = app.extensions[flask_app.EXTENSION]
    emulator.repository.empty()
    emulator.limiter.forget()


def _write_limits(response: Response) -> Response:
    now_ns = config().clock()
    usage, counted_ns = g.get("usage") or (ratelimit.unused(now_ns), now_ns)
    ratelimit.write_headers(response, usage, counted_ns)
    return response


def _error_handlers() -> flask_app.ErrorHandlers:
    return {
        errors.RollbarError: errors.render,
        OverloadedError: _overloaded,
        QueryMemoryError: _too_much,
        DiskFullError: _no_space,
        StoreClosedError: _closing,
        HTTPException: _http_error,
    }


def _overloaded(error: OverloadedError) -> Response:
    """429, as for a token that calls too often: both pass."""
    answer = errors.render(errors.RollbarError(429, ratelimit.EXCEEDED))
    answer.headers["Retry-After"] = str(max(1, round(error.retry_after_s)))
    return answer


def _too_much(error: QueryMemoryError) -> Response:
    return errors.render(errors.invalid(str(error)))


def _no_space(error: DiskFullError) -> Response:
    """507; the text is our choice."""
    return errors.render(errors.RollbarError(507, str(error)))


def _closing(_: StoreClosedError) -> Response:
    return errors.render(errors.RollbarError(503, "The emulator is shutting down."))


def _http_error(error: HTTPException) -> Response:
    """Answers what routing refuses, unknown paths and wrong methods; else a defect."""
    status = error.code or 500
    if status == 404:
        return errors.render(errors.not_found())
    answer = errors.render(errors.RollbarError(status, error.name))
    return flask_app.with_headers_of(error, answer)
