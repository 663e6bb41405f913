"""The columns of RQL's two tables (docs.rollbar.com, "RQL", "Schema").

Of an occurrence every other name is a path into its payload.
"""

OCCURRENCES = "item_occurrence"
DEPLOYS = "deploy"
ITEM_PREFIX = "item."

ITEM_NUMBERS = frozenset(
    {
        "id",
        "counter",
        "platform",
        "framework",
        "first_occurrence_id",
        "first_occurrence_timestamp",
        "activating_occurrence_id",
        "last_activated_timestamp",
        "last_resolved_timestamp",
        "last_muted_timestamp",
        "last_occurrence_id",
        "last_occurrence_timestamp",
        "last_modified_by",
        "assigned_user_id",
        "level",
        "status",
        "total_occurrences",
    }
)
ITEM_TEXTS = frozenset({"environment", "hash", "resolved_in_version", "title"})
ITEM_COLUMNS = ITEM_NUMBERS | ITEM_TEXTS
"""Names that may follow `item.`."""

DEPLOY_NUMBERS = frozenset({"id", "user_id", "timestamp"})
DEPLOY_TEXTS = frozenset(
    {"environment", "revision", "local_username", "comment", "project_slug"}
)
DEPLOY_COLUMNS = DEPLOY_NUMBERS | DEPLOY_TEXTS

EVERYTHING = {
    OCCURRENCES: (
        "timestamp",
        "item.counter",
        "item.title",
        "item.environment",
        "level",
        "language",
        "context",
        "code_version",
        "person.id",
        "request.url",
        "occurrence_id",
    ),
    DEPLOYS: (
        "id",
        "timestamp",
        "environment",
        "revision",
        "local_username",
        "user_id",
        "comment",
    ),
}
"""The columns of `*`: much like those of Rollbar's Occurrences tab; our choice."""

STATUSES = {"active": 1, "resolved": 2, "muted": 3}
_FRAMEWORKS = """
unknown rails django pyramid node-js pylons php browser-js rollbar-system android ios
mailgun logentries python ruby sidekiq flask celery rq java dotnet go react-native macos
apex spring bottle twisted asgi starlette fastapi karafka flutter
"""
_PLATFORMS = "unknown browser flash android ios heroku google-app-engine client"
FRAMEWORKS = {name: number for number, name in enumerate(_FRAMEWORKS.split())}
PLATFORMS = {name: number for number, name in enumerate(_PLATFORMS.split())}
"""The numbers of statuses, frameworks and platforms; 0 is for any other name."""


def has_column(table: str, name: str) -> bool:
    """Tells whether a table has a column of that name."""
    if table == DEPLOYS:
        return name in DEPLOY_COLUMNS
    if name.startswith(ITEM_PREFIX):
        return name.removeprefix(ITEM_PREFIX) in ITEM_COLUMNS
    return name != "item"
