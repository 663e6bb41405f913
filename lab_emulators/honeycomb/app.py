"""The WSGI application of Honeycomb: its routes, keys, limits, errors and CORS."""

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from lab_emulators.forwarding import CopyForwarder
from lab_emulators.honeycomb import auth, copies, errors, ratelimit
from lab_emulators.honeycomb.config import HoneycombConfig
from lab_emulators.honeycomb.context import HoneycombEmulator
from lab_emulators.honeycomb.ingest.event_rows import DATASET_COLUMNS
from lab_emulators.honeycomb.query import SpecError
from lab_emulators.honeycomb.routes import (
    calculated_fields,
    columns,
    dataset_definitions,
    datasets,
    events,
    not_emulated,
    otlp,
    queries,
    query_results,
)
from lab_emulators.store import (
    DiskFullError,
    NoSuchColumnError,
    NoSuchTableError,
    OverloadedError,
    QueryMemoryError,
    Store,
    StoreClosedError,
    TooManyColumnsError,
)
from lab_emulators.web import flask_app
from lab_emulators.web.ratelimit import RateLimiter

_ROUTES = (
    auth,
    calculated_fields,
    columns,
    datasets,
    dataset_definitions,
    events,
    not_emulated,
    otlp,
    queries,
    query_results,
)

_CORS_PATHS = ("/v1/", "/1/events/", "/1/batch/")
"""Paths that take telemetry: browsers send it straight to Honeycomb."""

_CORS = flask_app.Cors(
    applies=lambda path: path.startswith(_CORS_PATHS),
    request_headers=(
        "*, content-type, content-encoding, x-honeycomb-team, x-honeycomb-dataset, "
        "x-honeycomb-useragent, x-honeycomb-event-time, x-honeycomb-samplerate"
    ),
    exposed_headers="Retry-After, RateLimit, RateLimitPolicy, RateLimit-Policy",
    preflight=lambda: flask_app.empty(204),
)


def create_app(
    store: Store,
    config: HoneycombConfig | None = None,
    forwarder: CopyForwarder | None = None,
) -> Flask:
    """Makes a Honeycomb over `store`: REST under `/1`, OTLP under `/v1`.

    Copies of what it stores go to `forwarder`.
    """
    settings = HoneycombConfig() if config is None else config
    limiter = RateLimiter(ratelimit.WINDOW_S)
    forwarder = copies.forwarder() if forwarder is None else forwarder
    emulator = HoneycombEmulator(store, settings, limiter, forwarder)
    blueprints = (module.blueprint for module in _ROUTES)
    app = flask_app.create(emulator, blueprints, _error_handlers(), _CORS)
    app.before_request(_authenticate)
    app.after_request(_write_limits)
    app.after_request(copies.submit)
    return app


def forget_requests(app: Flask) -> None:
    """Starts every rate-limit window anew."""
    app.extensions[flask_app.EXTENSION].limiter.forget()


def _authenticate() -> None:
    """Authenticates a request to `/1` by its key and counts it."""
    if _is_rest():
        auth.authenticate()
        if request.blueprint != events.blueprint.name:
            auth.charge(f"{request.method} {request.endpoint}")


def _write_limits(response: Response) -> Response:
    if _is_rest():
        ratelimit.write_headers(response, g.get("usage", ratelimit.UNUSED))
    return response


def _is_rest() -> bool:
    return request.path == "/1" or request.path.startswith("/1/")


def _error_handlers() -> flask_app.ErrorHandlers:
    return {
        errors.HoneycombError: errors.render,
        SpecError: _bad_query,
        OverloadedError: _overloaded,
        TooManyColumnsError: _too_wide,
        QueryMemoryError: _too_much,
        DiskFullError: _no_space,
        StoreClosedError: _closing,
        NoSuchTableError: _gone,
        NoSuchColumnError: _gone,
        HTTPException: _http_error,
    }


def _bad_query(error: SpecError) -> Response:
    if error.type_detail:
        return errors.render(errors.invalid_details(error.type_detail))
    return errors.render(errors.legacy(error.status, error.text))


def _overloaded(error: OverloadedError) -> Response:
    text = "Request dropped due to rate limiting."
    return errors.render(errors.rate_limited(text, error.retry_after_s))


def _too_wide(_: TooManyColumnsError) -> Response:
    return errors.render(errors.legacy(400, DATASET_COLUMNS))


def _too_much(error: QueryMemoryError) -> Response:
    """Answers 400, since a second try would not help; the text is our choice."""
    return errors.render(errors.legacy(400, str(error)))


def _no_space(error: DiskFullError) -> Response:
    """Answers 507, which exporters retry; the text is our choice."""
    return errors.render(errors.legacy(507, str(error)))


def _closing(_: StoreClosedError) -> Response:
    """Answers 503, which exporters retry: the process is shutting down."""
    return errors.render(errors.legacy(503, "The emulator is shutting down."))


def _gone(error: Exception) -> Response:
    """Answers 404: another request has deleted the dataset or column meanwhile."""
    return errors.render(errors.not_found(str(error)))


def _http_error(error: HTTPException) -> Response:
    """Answers what routing refuses, unknown paths and wrong methods; else a defect."""
    status = error.code or 500
    if status == 404:
        return errors.render(errors.problem("not-found"))
    answer = errors.render(errors.legacy(status, error.name))
    return flask_app.with_headers_of(error, answer)
