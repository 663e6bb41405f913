"""Reports of a check to Rollbar, in an environment of its own, and what arrived."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any, cast

import pandas as pd
import rollbar

from lab_helpers.clients import RollbarError
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.patience import DataSource
from lab_helpers.exercises.verdict import Miss
from lab_helpers.settings import Mode, load

Payload = dict[str, Any]

SCRIPT = Path(__file__).with_name("rollbar_script.py")
PATIENCE_S = 60.0

REAL_S = 30.0
"""The real Rollbar lists an item a few seconds after its report."""


@contextmanager
def reporting(
    environment: str,
    *,
    filters: list[Any] | None = None,
    handler: Callable[..., Any] | None = None,
) -> Iterator[None]:
    """pyrollbar of this process reports there, blocking; afterwards all is as before.

    `filters` are the exception level filters, `handler` the only payload handler: what
    the notebook has added is set aside, what the answer adds is taken away. Miss if
    pyrollbar was never initialized.
    """
    settings, original = (
        cast("dict[str, Any]", rollbar.SETTINGS),
        dict(rollbar.SETTINGS),
    )
    if not original["access_token"]:
        raise Miss(
            "rollbar.init has not run in this kernel; run the cell with it first"
        )
    known, on_payload = load().rollbar, rollbar.events.on_payload
    added = {kind: [*those] for kind, those in rollbar.events._event_handlers.items()}
    settings.update(deepcopy(original))
    settings.update(
        access_token=known.access_token,
        environment=environment,
        endpoint=known.endpoint,
        handler="blocking",
        exception_level_filters=list(filters or []),
        enabled=True,
    )
    rollbar.events.on_payload = handler or (lambda payload, **_: payload)
    try:
        yield
    finally:
        rollbar.events.on_payload = on_payload
        rollbar.events._event_handlers.update(added)
        settings.clear()
        settings.update(original)


def reported(settings: Mapping[str, Any], environment: str, **task: Any) -> str:
    """Initializes pyrollbar in a process of its own, reports there; returns its log.

    `task` is what `reporting_script` takes. Miss if the settings cannot be passed on.
    """
    try:
        document = json.dumps(
            {"settings": {**settings, "environment": environment}} | task
        )
    except TypeError as error:
        raise Miss(
            f"the settings hold something that is no text or number: {error}"
        ) from None
    ran = subprocess.run(
        [sys.executable, "-P", str(SCRIPT)],  # beside a module named rollbar
        input=document,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE_S,
        check=False,
    )
    if ran.returncode:
        last = ran.stderr.strip().splitlines() or ["nothing was said"]
        raise Miss(f"rollbar.init did not take it: {last[-1]}")
    return ran.stderr


def arrived(context: Context, environment: str, *, rows: int) -> pd.DataFrame:
    """The items of an environment, once there are `rows` or patience ends."""

    def look() -> pd.DataFrame:
        try:
            return context.rollbar.items(environment=environment)
        except RollbarError as error:
            raise Miss(f"Rollbar cannot be asked: {error}") from None

    real = load().rollbar.mode is Mode.REAL
    return context.wait_for(
        look,
        source=DataSource.ROLLBAR,
        rows=rows,
        at_least_s=REAL_S if real else 0,
    )


def payloads(context: Context, environment: str, *, rows: int) -> list[Payload]:
    """The latest payload of each item of an environment, in order of first sight."""
    items = arrived(context, environment, rows=rows).sort_values(["first", "id"])
    return [context.rollbar.payload(row) for _, row in items.iterrows()]


def custom_of(payload: Payload) -> Payload:
    """A payload's custom data; empty if there is none."""
    custom = payload.get("custom")
    return custom if isinstance(custom, dict) else {}
