"""Query results: evaluated when they are created, kept, and never changed."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from flask import Blueprint, Response, jsonify, request

from lab_emulators.honeycomb import (
    documents,
    errors,
    ratelimit,
    request_body,
    request_fields,
)
from lab_emulators.honeycomb.auth import charge, require, require_configuration_key
from lab_emulators.honeycomb.config import Permission
from lab_emulators.honeycomb.context import config, current_key, store
from lab_emulators.honeycomb.naming import new_id
from lab_emulators.honeycomb.query import effective_limit, parse_options, run_query
from lab_emulators.honeycomb.routes.calculated_fields import in_force
from lab_emulators.honeycomb.routes.datasets import ALL, scope
from lab_emulators.honeycomb.routes.queries import checked, saved

KIND = "query_results"
_RELATIONAL = re.compile(r"(root|parent|child|none|any[23]?)\.")

blueprint = Blueprint("query_results", __name__)


@blueprint.before_request
def _admit() -> None:
    require_configuration_key()
    require(Permission.QUERIES)


@blueprint.post("/1/query_results/<dataset>")
def create_result(dataset: str) -> Response:
    """`POST /1/query_results/{dataset}`: 201 and where to poll; not the data yet."""
    charge("create result", ratelimit.RESULTS_PER_MINUTE)
    slug, body = scope(dataset), request_body.document()
    query_id = request_fields.text(body, "query_id", 255, required=True)
    query = saved(slug, query_id)
    if _is_relational(query):
        charge("create relational result", ratelimit.RELATIONAL_RESULTS_PER_MINUTE)
    identity = new_id()
    result = {"id": identity, "links": _links(slug, identity)}
    result |= _evaluated(slug, query, body)
    documents.put(KIND, slug, identity, result)
    summary = {**_described(result), "complete": False}
    answer = jsonify(summary)
    answer.status_code = 201
    base = request.host_url.rstrip("/")
    answer.headers["Location"] = f"{base}/1/query_results/{slug}/{identity}"
    return answer


@blueprint.get("/1/query_results/<dataset>/<identity>")
def show_result(dataset: str, identity: str) -> Response:
    """`GET /1/query_results/{dataset}/{id}`: complete at the first poll."""
    result = documents.get(KIND, scope(dataset), identity)
    if result is None:
        raise errors.not_found("Query result not found")
    answer = jsonify({**_described(result), "complete": True, "data": result["data"]})
    finished = datetime.fromtimestamp(result["finished_s"], UTC)
    answer.headers["Last-Modified"] = format_datetime(finished, usegmt=True)
    answer.headers["Cache-Control"] = "private, max-age=86400"
    return answer


def _evaluated(
    slug: str, query: dict[str, Any], body: dict[str, Any]
) -> dict[str, Any]:
    """The data of `query` as of now, and the specification with its row limit."""
    spec = checked(query, slug)
    truncate = config().truncate_window or current_key().truncates_windows
    options = parse_options(body, truncate_window=truncate)
    now_ns = config().clock()
    with store().reader() as reader:
        names = [info.name for info in reader.tables()]
        tables = [name for name in names if slug in (name, ALL)]
        data = run_query(
            spec, reader, tables, in_force(slug), now_ns=now_ns, options=options
        )
    limit = effective_limit(spec, options)
    return {
        "query": {**query, "limit": limit},
        "data": data,
        "finished_s": now_ns // 10**9,
    }


def _described(result: dict[str, Any]) -> dict[str, Any]:
    return {name: result[name] for name in ("query", "id", "links")}


def _links(slug: str, identity: str) -> dict[str, str]:
    """Links to the real service's pages; here they show nothing."""
    settings = config()
    page = (
        f"{request.host_url}{settings.team_slug}/environments/"
        f"{settings.environment_slug}/datasets/{slug}/result/{identity}"
    )
    return {"query_url": page, "graph_image_url": f"{page}/snapshot"}


def _is_relational(query: dict[str, Any]) -> bool:
    """Says whether a query looks at other spans of a trace; that has its own limit."""
    return any(_RELATIONAL.match(name) for name in _columns(query))


def _columns(query: dict[str, Any]) -> Iterator[str]:
    yield from query.get("breakdowns", [])
    for entry in query.get("filters", []):
        yield entry["column"]
