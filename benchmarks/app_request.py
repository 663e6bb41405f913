"""CPU time of Kittiwake's requests, by route; against a Flask route that does nothing.

    python benchmarks/app_request.py [--seconds 30] [--rate 20] [--rounds 3]

The requests are those of the visitors' plan, in its order, without the designed waits.
CPU time is that of the serving thread (in process) or of the serving processes (over
HTTP, a new connection for each request, as the visitors make them). Reads the CPU clock
of other processes, which Linux alone has.

A second table is CPU seconds per second while visitors come at their own pace, with
OpenTelemetry's Flask, requests and SQLAlchemy instrumentation, steps and an exporter
(`--live 20` seconds at each rate).
"""

import argparse
import multiprocessing
import os
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

from flask import Flask
from werkzeug.test import run_wsgi_app
from werkzeug.wrappers import Request

from lab_helpers import traffic
from lab_helpers.app import Server, create_app, run_processes
from lab_helpers.app.service import USER_HEADER
from lab_helpers.traffic import Arrival
from lab_helpers.traffic.wire import Address, ask

SETUP = '''
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from lab_helpers.app import around_steps, engine_of


def instrument(app, service):
    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    FlaskInstrumentor().instrument_app(app, tracer_provider=provider)
    RequestsInstrumentor().instrument(tracer_provider=provider)
    if service != "api":
        SQLAlchemyInstrumentor().instrument(
            engine=engine_of(app), tracer_provider=provider
        )
    around_steps(app, provider.get_tracer("steps").start_as_current_span)
'''

Ask = Callable[[Arrival], None]
"""Makes one request."""
Costs = dict[str, list[float]]
"""CPU milliseconds of each request, by method and route."""
