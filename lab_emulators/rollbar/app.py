"""The WSGI application: every door, and what all of them share."""

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from lab_emulators.rollbar import (
    account,
    cors,
    deploys,
    errors,
    ingest,
    items,
    occurrences,
    ratelimit,
    releases,
    reports,
    rql_jobs,
)
from lab_emulators.rollbar.archive import Archive
from lab_emulators.rollbar.config import RollbarConfig
from lab_emulators.rollbar.context import EXTENSION, Emulator, config
from lab_emulators.store import (
    OverloadedError,
    QueryMemoryError,
    Store,
    StoreClosedError,
)

_ROOMS = (
    account,
    deploys,
    ingest,
    items,
    occurrences,
    releases,
    reports,
    rql_jobs,
)


def create_app(store: Store, config: RollbarConfig | None = None) -> Flask:
    """A Rollbar over `store`, its API under `/api/1`."""
    app = Flask(__name__, static_folder=None)
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.json.sort_keys = False  # type: ignore[attr-defined]
    settings = RollbarConfig() if config is None else config
    archive = Archive(store, settings.clock)
    limiter = ratelimit.Limiter()
    app.extensions[EXTENSION] = Emulator(store, archive, settings, limiter)
    app.before_request(_enter)
    app.after_request(_leave)
    for room in _ROOMS:
        app.register_blueprint(room.blueprint)
    _register_errors(app)
    return app


def reset(app: Flask) -> None:
    """Remove all items, occurrences, deploys and counts of calls."""
    emulator: Emulator = app.extensions[EXTENSION]
    emulator.archive.empty()
    emulator.limiter.forget()


def _enter() -> Response | None:
    return cors.preflight() if cors.is_preflight(request) else None


def _leave(response: Response) -> Response:
    cors.allow(request, response)
    standing = g.get("standing") or ratelimit.untouched(config().clock())
    ratelimit.write_headers(response, standing)
    return response


def _register_errors(app: Flask) -> None:
    app.register_error_handler(errors.ApiError, errors.render)
    app.register_error_handler(OverloadedError, _overloaded)
    app.register_error_handler(QueryMemoryError, _too_much)
    app.register_error_handler(StoreClosedError, _closing)
    app.register_error_handler(HTTPException, _http_error)


def _overloaded(error: OverloadedError) -> Response:
    """429, as for a token that calls too often: both pass."""
    answer = errors.render(errors.ApiError(429, ratelimit.EXCEEDED))
    answer.headers["Retry-After"] = str(max(1, round(error.retry_after_s)))
    return answer


def _too_much(error: QueryMemoryError) -> Response:
    return errors.render(errors.invalid(str(error)))


def _closing(_: StoreClosedError) -> Response:
    return errors.render(errors.ApiError(503, "The emulator is shutting down."))


def _http_error(error: HTTPException) -> Response:
    """What routing refuses: unknown paths, wrong methods; else a defect of ours."""
    status = error.code or 500
    if status == 404:
        return errors.render(errors.not_found())
    answer = errors.render(errors.ApiError(status, error.name))
    answer.headers.extend(
        (name, value)
        for name, value in error.get_headers()
        if name.lower() not in ("content-type", "content-length")
    )
    return answer
