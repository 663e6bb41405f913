"""Reports of a check to Rollbar, in an environment of its own, and what arrived."""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any, cast

import pandas as pd
import rollbar

from lab_helpers.clients import RollbarError
from lab_helpers.clients.rollbar.api import RollbarApi
from lab_helpers.exercises.context import Context
from lab_helpers.exercises.patience import DataSource
from lab_helpers.exercises.verdict import Miss
from lab_helpers.settings import Mode, load

Payload = dict[str, Any]

SCRIPT = Path(__file__).with_name("rollbar_script.py")
PATIENCE_S = 60.0

REFUSAL = re.compile(r"status code from Rollbar api: (\d+)")
"""How pyrollbar logs that Rollbar refused an item."""

REAL_S = 30.0
"""The real Rollbar lists an item a few seconds after its report."""


@contextmanager
def reporting(
    environment: str,
    *,
    filters: list[Any] | None = None,
    handler: Callable[..., Any] | None = None,
) -> Iterator[list[str]]:
    """pyrollbar of this process reports there, blocking; afterwards all is as before.

    Yields what pyrollbar logs meanwhile, a text for each record, which is shown nowhere
    else. `filters` are the exception level filters, `handler` the only payload handler:
    what the notebook has added is set aside, what the answer adds is taken away. Miss
    if pyrollbar was never initialized, or if the handler raised.
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
    faults: list[str] = []
    rollbar.events.on_payload = _watched(handler or _passed_on, faults)
    try:
        with _heard() as log:
            yield log
        for fault in faults:
            raise Miss(fault)
    finally:
        rollbar.events.on_payload = on_payload
        rollbar.events._event_handlers.update(added)
        settings.clear()
        settings.update(original)


def _passed_on(payload: Payload, **_: Any) -> Payload:
    return payload


def _watched(handler: Callable[..., Any], faults: list[str]) -> Callable[..., Any]:
    """The handler; what it raises is written down, since pyrollbar only logs it."""

    def watched(payload: Payload, **extra: Any) -> Any:
        kind = kind_of(payload)
        try:
            return handler(payload, **extra)
        except Exception as error:
            raised = f"{type(error).__name__}: {error}"
            faults.append(f"your handler raised {raised}, for {kind}")
            raise

    return watched


def kind_of(payload: Payload) -> str:
    """What was reported, an exception or a message, and with or without custom data."""
    data = payload.get("data") or {}
    what = "a message" if "message" in data.get("body", {}) else "an exception"
    if "custom" in data:
        return f"{what} reported with extra_data {data['custom']}"
    return f'{what} reported without extra_data; its payload["data"] has no "custom"'


class _Record(logging.Handler):
    """Handler that keeps the text of each record."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())


@contextmanager
def _heard() -> Iterator[list[str]]:
    """What pyrollbar logs, instead of where it goes otherwise."""
    logger, record = logging.getLogger("rollbar"), _Record()
    handlers, propagate = logger.handlers, logger.propagate
    logger.handlers, logger.propagate = [record], False
    try:
        yield record.texts
    finally:
        logger.handlers, logger.propagate = handlers, propagate


def refused_status(log: Sequence[str]) -> str:
    """The status with which Rollbar refused the last item, as pyrollbar logged it."""
    for text in reversed(log):
        if found := REFUSAL.search(text):
            return found[1]
    return ""


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


def mute(item: Mapping[str, Any] | pd.Series[Any]) -> None:
    """Mutes an item: it stays as it is, however often it occurs."""
    known = load().rollbar
    api = RollbarApi(known.endpoint, known.write_token, PATIENCE_S)
    api.result("PATCH", f"/item/{int(item['id'])}", body={"status": "muted"})
    api.close()


def wait_for_next_second() -> None:
    """Returns in another second than it was called in: Rollbar's times are whole."""
    begin = int(time.time())
    while int(time.time()) == begin:
        time.sleep(0.02)


def payloads(context: Context, environment: str, *, rows: int) -> list[Payload]:
    """The latest payload of each item of an environment, in order of first sight."""
    items = arrived(context, environment, rows=rows).sort_values(["first", "id"])
    return [context.rollbar.payload(row) for _, row in items.iterrows()]


def custom_of(payload: Payload) -> Payload:
    """A payload's custom data; empty if there is none."""
    custom = payload.get("custom")
    return custom if isinstance(custom, dict) else {}
