"""Items read and changed (docs.rollbar.com, "Items")."""

from typing import Any

from flask import Blueprint, Response, request, url_for

from lab_emulators.rollbar import errors, query_parameters
from lab_emulators.rollbar.auth import require
from lab_emulators.rollbar.config import TokenScope
from lab_emulators.rollbar.context import config, repository
from lab_emulators.rollbar.items import changes, filters
from lab_emulators.rollbar.items.document import item_document
from lab_emulators.rollbar.items.model import FIRST_ITEM, Item
from lab_emulators.rollbar.items.repository import UUID
from lab_emulators.rollbar.request_body import authorized_fields
from lab_emulators.rollbar.routes import result
from lab_emulators.store.query import Op, literal, predicate

PAGE = 100
MAX_PAGE = 5_000

blueprint = Blueprint("items", __name__, url_prefix="/api/1")


@blueprint.get("/items")
def list_items() -> Response:
    """`GET /items`: pages of 100, the newest activity first."""
    require(TokenScope.READ)
    query_parameters.only("page", "limit", *filters.NAMES)
    page = query_parameters.whole("page", 1)
    size = query_parameters.whole("limit", PAGE, most=MAX_PAGE)
    matches = filters.list_filter(config().clock())
    items = filters.by_activity(list(filter(matches, repository().items())))
    selection = items[(page - 1) * size : page * size]
    return result(
        {
            "page": page,
            "total_count": len(items),
            "items": list(map(item_body, selection)),
        }
    )


@blueprint.get("/search")
def search() -> Response:
    """`GET /search`, as pyrollbar's `search_items` asks: items, or `fields` of them."""
    require(TokenScope.READ)
    names = ("title", "fields", "level", "status", "environment", "page")
    query_parameters.only(*names)
    page = query_parameters.whole("page", 1)
    matches = filters.by_activity(
        list(filter(filters.search_filter(), repository().items()))
    )
    items = [item_body(item) for item in matches[(page - 1) * PAGE : page * PAGE]]
    fields = query_parameters.listed("fields")
    if items and (unknown := sorted(set(fields) - items[0].keys())):
        raise errors.invalid(f"fields: an item has no {unknown[0]}")
    chosen = [{name: item[name] for name in fields or item} for item in items]
    return result({"page": page, "total_count": len(matches), "items": chosen})


@blueprint.get("/item/<int:identity>")
def show_item(identity: int) -> Response:
    """`GET /item/{id}`."""
    require(TokenScope.READ)
    return result(item_body(existing_item(identity)))


@blueprint.get("/item")
def find_item() -> Response:
    """`GET /item?counter=`, `GET /item?uuid=`: an item by its counter or occurrence."""
    require(TokenScope.READ)
    query_parameters.only("counter", "uuid")
    counter = query_parameters.optional_whole("counter")
    uuid = request.args.get("uuid")
    if (counter is None) == (uuid is None):
        raise errors.unreadable("one of counter and uuid is required")
    if counter is not None:
        return result(item_body(existing_item(FIRST_ITEM + counter)))
    return result(item_body(existing_item(_item_of(uuid or ""))))


@blueprint.get("/item_by_counter/<int:counter>")
def redirect_to_item(counter: int) -> Response:
    """`GET /item_by_counter/{n}`: 301 to the item, which the body names as well."""
    require(TokenScope.READ)
    item = existing_item(FIRST_ITEM + counter)
    query = request.query_string.decode()
    # the token may stand in the query, and a redirect would lose it
    uri = url_for("items.show_item", identity=item.id)
    uri += f"?{query}" if query else ""
    answer = result({"itemId": item.id, "path": f"/item/{item.id}", "uri": uri})
    answer.status_code = 301
    answer.headers["Location"] = uri
    return answer


@blueprint.patch("/item/<int:identity>")
def change_item(identity: int) -> Response:
    """`PATCH /item/{id}`: status, version, level, title, assignee, snooze."""
    fields = authorized_fields(TokenScope.WRITE)
    now_s = config().clock() // 10**9
    edits = changes.edits_of(fields, existing_item(identity), now_s)
    item = repository().edit(identity, edits)
    if item is None:
        raise errors.not_found()
    return result(item_body(item))


def existing_item(identity: int) -> Item:
    """The item of that id; 404."""
    item = repository().item(identity)
    if item is None:
        raise errors.not_found()
    return item


def item_body(item: Item) -> dict[str, Any]:
    """The item as this project's API shows it now."""
    settings = config()
    return item_document(item, project_id=settings.project_id, now_ns=settings.clock())


def _item_of(uuid: str) -> int:
    occurrences = repository().occurrences(
        predicate(Op.EQ, UUID, literal(uuid)), limit=1
    )
    if not occurrences:
        raise errors.not_found()
    return occurrences[0].item
