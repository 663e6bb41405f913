"""The header that carries the key."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from unittest.mock import patch

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

from lab_helpers.exercises.catalog import (
    Exercise,
    Namespace,
    Wrong,
    function_in,
    instead,
)
from lab_helpers.exercises.checking.otlp import sent_through
from lab_helpers.exercises.checking.values import described
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.verdict import Miss
from lab_helpers.settings import TEAM_HEADER

VARIABLE = "HONEYCOMB_API_KEY"


def check_key(names: Namespace, context: Context) -> None:
    """A span sent with these headers, and with no others, is accepted.

    Another key in the environment makes other headers: no key stands in the code.
    """
    make = function_in(names, "headers")
    headers = _headers_of(make)
    if _key_in(headers) == VARIABLE:
        raise Miss(
            f"{TEAM_HEADER} holds the variable's name, {VARIABLE!r}; its value is "
            f'os.environ["{VARIABLE}"]'
        )
    other = context.fresh_id()
    # The lab writes the key into both; either is a variable to read it from.
    variables = {
        VARIABLE: other,
        "OTEL_EXPORTER_OTLP_HEADERS": f"{TEAM_HEADER}={other}",
    }
    with patch.dict(os.environ, variables):
        if _key_in(_headers_of(make)) == _key_in(headers):
            raise Miss(
                f"headers() brings the same key when {VARIABLE} holds another one. A "
                "key in the code is read by everybody who reads the code, and outlives "
                "its replacement: look it up in os.environ, inside the function"
            )
    sent_through(OTLPSpanExporter(headers=headers), context)


def _headers_of(make: Callable[[], object]) -> dict[str, str]:
    """What `headers()` returns, or `Miss` unless it is headers with a key.

    No message shows a value: it may be the key.
    """
    headers = make()
    if not isinstance(headers, Mapping):
        kind = "None" if headers is None else f"a {type(headers).__name__}"
        raise Miss(f"headers() returned {kind}, not a dictionary: header name to value")
    if not any(str(name).lower() == TEAM_HEADER for name in headers):
        header_names = ", ".join(map(described, headers)) or "nothing"
        raise Miss(
            f"headers() holds {header_names}; Honeycomb looks for the key under "
            f"{TEAM_HEADER!r}"
        )
    if not isinstance(_key_in(headers), str):
        kind = type(_key_in(headers)).__name__
        raise Miss(f"the value of {TEAM_HEADER} is a {kind}; it should be a str")
    return dict(headers)


def _key_in(headers: Mapping[str, str]) -> str:
    return next(v for name, v in headers.items() if name.lower() == TEAM_HEADER)


KEY = """\
def headers():
    return {"x-honeycomb-team": os.environ["HONEYCOMB_API_KEY"]}
"""

EXERCISE = Exercise(
    name="bring_the_key",
    title="Bring the key",
    answer=("headers",),
    check=check_key,
    hints=(
        "Print OTEL_EXPORTER_OTLP_HEADERS: which header did the lab choose?",
        "os.environ is a dictionary of the variables; ask it for the key when the "
        "function is called, and return a dictionary with that one header.",
        'return {"x-honeycomb-team": os.environ["HONEYCOMB_API_KEY"]}',
    ),
    solution=KEY,
    lesson="One header carries the key; everything else about it is up to you.",
    right={
        "getenv, and capital letters": """\
def headers():
    key = os.getenv("HONEYCOMB_API_KEY")
    return {"X-Honeycomb-Team": key}
""",
        "from the exporter's variable": """\
def headers():
    name, key = os.environ["OTEL_EXPORTER_OTLP_HEADERS"].split("=", 1)
    return {name: key}
""",
    },
    wrong={
        "bearer token": Wrong(
            instead(KEY, ('"x-honeycomb-team": ', '"authorization": "Bearer " + ')),
            "'x-honeycomb-team'",
        ),
        "name of the variable": Wrong(
            instead(KEY, ('os.environ["HONEYCOMB_API_KEY"]', '"HONEYCOMB_API_KEY"')),
            "holds the variable's name",
        ),
        "a key in the code": Wrong(
            "the_key = os.environ['HONEYCOMB_API_KEY']\n\n\n"
            + instead(KEY, ('os.environ["HONEYCOMB_API_KEY"]', "the_key")),
            "brings the same key when HONEYCOMB_API_KEY holds another",
        ),
        "a key and a word": Wrong(
            instead(KEY, ("os.environ", '"Bearer " + os.environ')),
            "refuses the key",
        ),
        "the key alone": Wrong(
            instead(
                KEY,
                (
                    '{"x-honeycomb-team": os.environ["HONEYCOMB_API_KEY"]}',
                    'os.environ["HONEYCOMB_API_KEY"]',
                ),
            ),
            "headers() returned a str, not a dictionary",
        ),
        "no such variable": Wrong(
            instead(
                KEY,
                ('os.environ["HONEYCOMB_API_KEY"]', 'os.getenv("HONEYCOMB_KEY")'),
            ),
            "is a NoneType; it should be a str",
        ),
    },
)
