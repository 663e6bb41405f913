"""Occurrences read (docs.rollbar.com, "Occurrences"): the API calls them instances."""

from typing import Any

from flask import Blueprint, Response

from lab_emulators.rollbar import errors, query_parameters
from lab_emulators.rollbar.auth import require
from lab_emulators.rollbar.config import TokenScope
from lab_emulators.rollbar.context import config, repository
from lab_emulators.rollbar.items.model import Occurrence
from lab_emulators.rollbar.items.repository import ID, ITEM
from lab_emulators.rollbar.routes import result
from lab_emulators.rollbar.routes.items import existing_item
from lab_emulators.store.query import TRUE, Expr, Op, all_of, literal, predicate

PAGE = 20
MAX_PAGE = 100

blueprint = Blueprint("occurrences", __name__, url_prefix="/api/1")


@blueprint.get("/instances")
def list_occurrences() -> Response:
    """`GET /instances`: of the whole project, the newest first, in pages of 20."""
    require(TokenScope.READ)
    return _page(TRUE)


@blueprint.get("/item/<int:identity>/instances")
def list_item_occurrences(identity: int) -> Response:
    """`GET /item/{id}/instances`: of one item."""
    require(TokenScope.READ)
    return _page(predicate(Op.EQ, ITEM, literal(existing_item(identity).id)))


@blueprint.get("/instance/<int:identity>")
def show_occurrence(identity: int) -> Response:
    """`GET /instance/{id}`."""
    require(TokenScope.READ)
    occurrences = repository().occurrences(_is(ID, Op.EQ, identity), limit=1)
    if not occurrences:
        raise errors.not_found()
    return result(_shape(occurrences[0]))


def _page(where: Expr) -> Response:
    """A page by its number, or what follows an occurrence."""
    query_parameters.only("page", "limit", "lastId", "last_id")
    page = query_parameters.whole("page", 1)
    size = query_parameters.whole("limit", PAGE, most=MAX_PAGE)
    last = query_parameters.optional_whole("lastId") or query_parameters.optional_whole(
        "last_id"
    )
    skip = (page - 1) * size
    if last is not None:
        where, skip = all_of([where, _is(ID, Op.LT, last)]), 0
    occurrences = repository().occurrences(where, limit=size, skip=skip)
    return result({"page": page, "instances": list(map(_shape, occurrences))})


def _is(column: Expr, op: Op, number: int) -> Expr:
    return predicate(op, column, literal(number))


def _shape(occurrence: Occurrence) -> dict[str, Any]:
    return {
        "id": occurrence.id,
        "project_id": config().project_id,
        "item_id": occurrence.item,
        "timestamp": occurrence.time_ns // 10**9,
        "version": 2,
        "data": occurrence.data,
        "billable": 1,
    }
