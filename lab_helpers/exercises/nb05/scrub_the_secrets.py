"""Exercise: field names to scrub, none of pyrollbar's own lost, nothing else gone."""

from __future__ import annotations

import json

from lab_helpers.exercises.catalog import Exercise, Namespace, Wrong, instead
from lab_helpers.exercises.checking.rollbar import Payload, payloads, reported
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss
from lab_helpers.settings import load

HANDLE, TIDE = "marisol", "spring"

# Where a secret stands, in words, and what its name there ends with.
PLACES = {
    "password": "a local variable named password",
    "passphrase": "a local variable named passphrase",
    "token": "token in the query string",
    "cookie": "the header Cookie",
}


def check(names: Namespace, context: Context) -> None:
    """A process with these fields fails among secrets; none of them arrived."""
    fields = names["scrub_fields"]
    if not isinstance(fields, list) or any(not isinstance(f, str) for f in fields):
        raise Miss(f"scrub_fields should be a list of names; it is {fields!r}")
    secrets = {name: context.fresh_id() for name in PLACES}
    environment, known = context.fresh_id(), load().rollbar
    settings = {
        "access_token": known.access_token,
        "endpoint": known.endpoint,
        "handler": "blocking",
        "scrub_fields": fields,
    }
    log = reported(settings, environment, handle=HANDLE, secrets=secrets)
    items = payloads(context, environment, rows=1)
    if not items:
        raise Miss(f"nothing arrived; pyrollbar said: {log.strip()[-300:]}")
    _check_payload(items[0], secrets)


def _check_payload(payload: Payload, secrets: dict[str, str]) -> None:
    text = json.dumps(payload)
    for name, secret in secrets.items():
        if secret in text:
            raise Miss(f"{PLACES[name]} arrived in plain text")
    if payload["request"]["GET"].get("tide") != TIDE or HANDLE not in text:
        raise Miss(
            "the handle or the tide was scrubbed, too; without them nobody finds out "
            "what happened"
        )


FIELDS = """\
scrub_fields = [
    *rollbar.SETTINGS["scrub_fields"],
    "token",
    "passphrase",
    "cookie",
]
"""

EXERCISE = Exercise(
    name="scrub_the_secrets",
    title="Scrub the secrets",
    answer=("scrub_fields",),
    check=check,
    hints=(
        'rollbar.SETTINGS["scrub_fields"] holds the names scrubbed so far; a list of '
        "yours replaces them, so it must contain them.",
        "A name is scrubbed if it ends with one of yours, in small letters: token, "
        "passphrase, cookie.",
    ),
    solution=FIELDS,
    lesson="Four secrets were sent as asterisks; the handle can still be read.",
    wrong={
        "only the new ones": Wrong(
            instead(FIELDS, ('    *rollbar.SETTINGS["scrub_fields"],\n', "")),
            "a local variable named password arrived",
        ),
        "the query string": Wrong(
            instead(FIELDS, ('    "token",\n', "")),
            "token in the query string arrived",
        ),
        "the header": Wrong(
            instead(FIELDS, ('    "cookie",\n', "")), "the header Cookie arrived"
        ),
        "too much": Wrong(
            instead(FIELDS, ('"cookie",', '"cookie",\n    "handle",\n    "tide",')),
            "was scrubbed, too",
        ),
    },
)
