"""Authentication: the team key of a request, and its permissions."""

from flask import Blueprint, Response, g, jsonify, request

from lab_emulators.contract import TEAM_HEADER
from lab_emulators.honeycomb import errors, ratelimit
from lab_emulators.honeycomb.config import ApiKey, KeyKind, Permission
from lab_emulators.honeycomb.context import config, current_key, emulator
from lab_emulators.honeycomb.naming import is_classic

TEAM_HEADER_ALIAS = "X-Hny-Team"  # accepted where events are sent
DATASET_HEADER = "X-Honeycomb-Dataset"

blueprint = Blueprint("auth", __name__)


def team_key() -> str:
    """The key text of the current request, `""` if it has none."""
    headers = request.headers
    return headers.get(TEAM_HEADER) or headers.get(TEAM_HEADER_ALIAS) or ""


def authenticate() -> ApiKey:
    """The key of the current request; 401 for a key nobody knows."""
    key = config().keys.get(team_key())
    if key is None:
        raise errors.legacy(401, errors.UNKNOWN_KEY)
    g.key = key
    return key


def authenticate_otlp() -> ApiKey:
    """The key of an OTLP request; 401 in the order the headers are looked at."""
    key = team_key()
    if not key:
        raise errors.legacy(401, f"missing '{TEAM_HEADER.lower()}' header")
    spans = not request.path.startswith("/v1/logs")
    if spans and is_classic(key) and not request.headers.get(DATASET_HEADER):
        raise errors.legacy(401, f"missing '{DATASET_HEADER.lower()}' header")
    return authenticate()


def require(permission: Permission) -> None:
    """403 unless the key carries `permission`; the text is our choice."""
    if not current_key().may(permission):
        raise errors.legacy(403, "API key does not have the required permission")


def require_configuration_key() -> None:
    """401 for an ingest key where things are managed (our choice)."""
    if current_key().kind is KeyKind.INGEST:
        raise errors.legacy(401, errors.UNKNOWN_KEY)


def charge(operation: str, limit: int = ratelimit.PER_MINUTE) -> None:
    """Counts this request; 429 when it is one too many and limits are enforced."""
    now_ns = config().clock()
    usage = emulator().limiter.count((team_key(), operation), limit, now_ns)
    g.usage = usage
    if usage.exceeded and (config().enforce_rate_limits or current_key().rate_limited):
        raise ratelimit.refusal(usage, now_ns)


@blueprint.get("/1/auth")
def describe_key() -> Response:
    """`GET /1/auth`: the key's kind and permissions, its environment and team."""
    key, settings = current_key(), config()
    permissions = list(Permission)
    if key.kind is KeyKind.INGEST:
        permissions = [Permission.CREATE_DATASETS]
    environment = {"name": settings.environment, "slug": settings.environment_slug}
    return jsonify(
        {
            "id": key.id,
            "type": key.kind.value,
            "api_key_access": {flag.value: key.may(flag) for flag in permissions},
            "environment": environment,
            "team": {"name": settings.team, "slug": settings.team_slug},
        }
    )
