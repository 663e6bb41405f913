"""Upstreams as the body of a control call names them."""

from collections.abc import Collection
from urllib.parse import urlsplit

from lab_emulators.forwarding import Upstream


def upstreams_of(document: object, vendors: Collection[str]) -> dict[str, Upstream]:
    """Vendor → upstream, from `{vendor: {"endpoint": URL, "key": text}}`.

    ValueError says what is wrong with the document, without repeating a key.
    """
    if not isinstance(document, dict):
        raise ValueError("the body is not a JSON object")
    if unknown := sorted(document.keys() - set(vendors)):
        raise ValueError(f"{unknown[0]!r} cannot be forwarded, only {list(vendors)}")
    return {vendor: _upstream(vendor, parts) for vendor, parts in document.items()}


def _upstream(vendor: str, parts: object) -> Upstream:
    fields = parts if isinstance(parts, dict) else {}
    endpoint, key = fields.get("endpoint"), fields.get("key")
    if not isinstance(endpoint, str) or not _is_base_url(endpoint):
        raise ValueError(f"the endpoint of {vendor!r} is not a base URL")
    if (
        not isinstance(key, str)
        or not key.isascii()
        or not key.isprintable()
        or not key
    ):
        raise ValueError(f"the key of {vendor!r} is not printable ASCII")
    return Upstream(endpoint, key)


def _is_base_url(text: str) -> bool:
    parts = urlsplit(text)  # ValueError for what is no URL at all
    return parts.scheme in ("http", "https") and bool(parts.hostname)
