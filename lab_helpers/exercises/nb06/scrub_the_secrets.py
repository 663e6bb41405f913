"""Exercise: field names to scrub, none of pyrollbar's own lost, nothing else gone."""

from __future__ import annotations

import json

from lab_helpers.exercises.catalog import Exercise, Namespace, Wrong, instead
from lab_helpers.exercises.checking.rollbar import Payload, payloads, reported
from lab_helpers.exercises.checking.values import described
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss
from lab_helpers.settings import load

HANDLE, TIDE = "marisol", "spring"

# A secret's name → where it stands, in words. pyrollbar's own list has the first four.
OWN = {
    "password": "a local variable named password",
    "secret": "a local variable named secret",
    "passwd": "passwd in the query string",
    "authorization": "the header Authorization",
}
NEW = {
    "passphrase": "a local variable named passphrase",
    "token": "token in the query string",
    "cookie": "the header Cookie",
}
PLACES = OWN | NEW


def check(names: Namespace, context: Context) -> None:
    """A process with these fields fails among secrets; none of them arrived."""
    fields = _names(names["scrub_fields"])
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


def _names(fields: object) -> list[str]:
    if not isinstance(fields, list | tuple | set | frozenset):
        raise Miss(f"scrub_fields should be a list of names; it is {described(fields)}")
    for name in fields:
        if isinstance(name, list | tuple):
            raise Miss(
                f"scrub_fields should be a list of names; there is {described(name)} "
                "in it. A * in front of a list puts its members there, one by one"
            )
        if not isinstance(name, str):
            raise Miss(
                f"scrub_fields should be a list of names; there is {described(name)}"
            )
    return sorted(fields) if isinstance(fields, set | frozenset) else list(fields)


def _check_payload(payload: Payload, secrets: dict[str, str]) -> None:
    text = json.dumps(payload)
    for name, secret in secrets.items():
        if secret in text:
            lost = "; pyrollbar's own list has it, and yours replaces that list"
            raise Miss(
                f"{PLACES[name]} arrived in plain text{lost if name in OWN else ''}"
            )
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
        'Look at rollbar.SETTINGS["scrub_fields"]: which names are there already, and '
        "what would become of them if your list had only new ones?",
        "A * in front of a list puts its members into yours, one by one. Behind them "
        "stand the three new names, each as a whole: token, passphrase, cookie.",
        'scrub_fields = [*rollbar.SETTINGS["scrub_fields"], "token", "passphrase", '
        '"cookie"]',
    ),
    solution=FIELDS,
    lesson="Seven secrets were sent as asterisks; the handle can still be read.",
    right={
        "two lists added": (
            'scrub_fields = rollbar.SETTINGS["scrub_fields"] + [\n'
            '    "token", "passphrase", "cookie"\n'
            "]"
        ),
        "more of the kind": instead(
            FIELDS, ('"cookie",', '"cookie",\n    "set-cookie",\n    "api_key",')
        ),
        "a tuple": (
            'scrub_fields = (*rollbar.SETTINGS["scrub_fields"], "token", '
            '"passphrase", "cookie")'
        ),
        "in capitals": instead(
            FIELDS, ('"passphrase"', '"PASSPHRASE"'), ('"cookie"', '"Cookie"')
        ),
    },
    wrong={
        "one of the old ones": Wrong(
            'scrub_fields = ["password", "passphrase", "token", "cookie"]',
            "a local variable named secret arrived in plain text; pyrollbar's own list "
            "has it, and yours replaces that list",
        ),
        "the old ones that come to mind": Wrong(
            'scrub_fields = ["password", "passwd", "secret", "passphrase", "token", '
            '"cookie"]',
            "the header Authorization arrived in plain text; pyrollbar's own list",
        ),
        "a list in the list": Wrong(
            instead(FIELDS, ("*rollbar", "rollbar")),
            "A * in front of a list puts its members there",
        ),
        "one name as text": Wrong(
            'scrub_fields = "token"',
            "scrub_fields should be a list of names; it is 'token' (a str)",
        ),
        "the end of a name": Wrong(
            instead(FIELDS, ('"passphrase"', '"phrase"')),
            "a local variable named passphrase arrived in plain text",
        ),
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
