"""The WSGI application: every door, and what all of them share."""

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from lab_emulators.honeycomb import (
    auth,
    calculated_fields,
    columns,
    cors,
    datasets,
    definitions,
    errors,
    events,
    not_emulated,
    otlp_doors,
    queries,
    query_results,
    ratelimit,
)
from lab_emulators.honeycomb.config import HoneycombConfig
from lab_emulators.honeycomb.context import EXTENSION, Emulator
from lab_emulators.honeycomb.eventrows import DATASET_COLUMNS
from lab_emulators.honeycomb.query import SpecError
from lab_emulators.store import (
    NoSuchColumnError,
    NoSuchTableError,
    OverloadedError,
    QueryMemoryError,
    Store,
    StoreClosedError,
    TooManyColumnsError,
)

_ROOMS = (
    auth,
    calculated_fields,
    columns,
    datasets,
    definitions,
    events,
    not_emulated,
    otlp_doors,
    queries,
    query_results,
)


def create_app(store: Store, config: HoneycombConfig | None = None) -> Flask:
    """A Honeycomb over `store`: REST under `/1`, OTLP under `/v1`."""
    app = Flask(__name__, static_folder=None)
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.json.sort_keys = False  # type: ignore[attr-defined]
    limiter = ratelimit.Limiter()
    settings = HoneycombConfig() if config is None else config
    app.extensions[EXTENSION] = Emulator(store, settings, limiter)
    app.before_request(_enter)
    app.after_request(_leave)
    for room in _ROOMS:
        app.register_blueprint(room.blueprint)
    _register_errors(app)
    return app


def forget_requests(app: Flask) -> None:
    """Start every rate-limit window anew."""
    app.extensions[EXTENSION].limiter.forget()


def _enter() -> Response | None:
    """Answer preflights; on `/1`, know the key and count the request."""
    if cors.is_preflight(request):
        return cors.preflight()
    if _is_rest():
        auth.authenticate()
        if request.blueprint != events.blueprint.name:
            auth.charge(f"{request.method} {request.endpoint}")
    return None


def _leave(response: Response) -> Response:
    cors.allow(request, response)
    if _is_rest():
        ratelimit.write_headers(response, g.get("standing", ratelimit.UNTOUCHED))
    return response


def _is_rest() -> bool:
    return request.path == "/1" or request.path.startswith("/1/")


def _register_errors(app: Flask) -> None:
    app.register_error_handler(errors.ApiError, errors.render)
    app.register_error_handler(SpecError, _bad_query)
    app.register_error_handler(OverloadedError, _overloaded)
    app.register_error_handler(TooManyColumnsError, _too_wide)
    app.register_error_handler(QueryMemoryError, _too_much)
    app.register_error_handler(StoreClosedError, _closing)
    app.register_error_handler(NoSuchTableError, _gone)
    app.register_error_handler(NoSuchColumnError, _gone)
    app.register_error_handler(HTTPException, _http_error)


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
    """400, since asking again would not help; the real service has no such text."""
    return errors.render(errors.legacy(400, str(error)))


def _closing(_: StoreClosedError) -> Response:
    """503, which exporters retry: the process is on its way out."""
    return errors.render(errors.legacy(503, "The emulator is shutting down."))


def _gone(error: Exception) -> Response:
    """Deleted by somebody else while this request was looking at it."""
    return errors.render(errors.not_found(str(error)))


def _http_error(error: HTTPException) -> Response:
    """What routing refuses: unknown paths, wrong methods; else a defect of ours."""
    status = error.code or 500
    if status == 404:
        return errors.render(errors.problem("not-found"))
    answer = errors.render(errors.legacy(status, error.name))
    answer.headers.extend(
        (name, value)
        for name, value in error.get_headers()
        if name.lower() not in ("content-type", "content-length")
    )
    return answer
