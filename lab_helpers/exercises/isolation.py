"""Isolation of a check: what an answer changes in the process is undone after it.

A wrong answer may crash between attaching a context and detaching it, add a handler to
a logger or switch an instrumentor on. The kernel lives on, and the next answer must be
judged as if it were the first.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import copy_context
from typing import Any, TypeVar

from opentelemetry import trace
from opentelemetry.context import Context, attach
from opentelemetry.instrumentation.instrumentor import (  # type: ignore[attr-defined]
    BaseInstrumentor,
)

from lab_helpers.settings import preserved_environment

T = TypeVar("T")

_NEW_LOGGER = {"level": logging.NOTSET, "propagate": True, "disabled": False}


def isolated(run: Callable[[], T]) -> T:
    """Calls `run` and returns its result; nothing it changes in the process remains.

    It runs in a copy of the current context in which no span is current. Environment
    variables, loggers, the global tracer provider and OpenTelemetry's instrumentors
    are as before when it ends, also when it raises.
    """
    return copy_context().run(_restoring, run)


def _restoring(run: Callable[[], T]) -> T:
    # A cell may have left a span current. Flask's spans would become its children
    # instead of joining the trace of their request, and a right answer would be lost.
    attach(Context())
    with ExitStack() as stack:
        for restored in (
            preserved_environment,
            _loggers,
            _tracer_provider,
            _instrumentors,
        ):
            stack.enter_context(restored())
        return run()


@contextmanager
def _loggers() -> Iterator[None]:
    """Level, handlers and filters of every logger.

    One that is new keeps its handlers, which may be those of a library just imported.
    """
    before = {logger: _logger_state(logger) for logger in _all_loggers()}
    try:
        yield
    finally:
        for logger in _all_loggers():
            state = before.get(logger, _NEW_LOGGER)
            if state != {name: _logger_state(logger)[name] for name in state}:
                vars(logger).update(state)
                logger.setLevel(logger.level)  # forgets what was cached below it


def _all_loggers() -> list[logging.Logger]:
    entries = list(logging.Logger.manager.loggerDict.values())
    real = [one for one in entries if isinstance(one, logging.Logger)]
    return [logging.getLogger(), *real]


def _logger_state(logger: logging.Logger) -> dict[str, Any]:
    lists = {"handlers": [*logger.handlers], "filters": [*logger.filters]}
    return {name: vars(logger)[name] for name in _NEW_LOGGER} | lists


@contextmanager
def _tracer_provider() -> Iterator[None]:
    """The global tracer provider, which OpenTelemetry lets nobody set twice."""
    provider, once = trace._TRACER_PROVIDER, trace._TRACER_PROVIDER_SET_ONCE
    done = once._done
    try:
        yield
    finally:
        trace._TRACER_PROVIDER, once._done = provider, done


@contextmanager
def _instrumentors() -> Iterator[None]:
    """Instrumentors: one object for each class; switched on, it patches a library."""
    before = _switched_on()
    try:
        yield
    finally:
        for instrumentor in _switched_on() - before:
            instrumentor.uninstrument()


def _switched_on() -> set[Any]:
    instances = (kind._instance for kind in BaseInstrumentor.__subclasses__())
    return {one for one in instances if one and one.is_instrumented_by_opentelemetry}
