"""Days to look at, and a receiver of OTLP that keeps spans as a frame."""

import http.server
import threading
from datetime import date

import pandas as pd
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)

from lab_helpers import history
from lab_helpers.analysis.columns import TRACE_COLUMNS

MONDAY = date(2026, 3, 2)
KINDS = ("unspecified", "internal", "server", "client", "producer", "consumer")
STATUS = ("unset", "ok", "error")


@pytest.fixture(scope="session")
def calm():
    """A day on which nothing happens."""
    return history.day(requests=6000, date=MONDAY)


@pytest.fixture(scope="session")
def troubled():
    """The same day with every incident from 10:00 to 14:00, and a deploy at 12:00."""
    names = ("n_plus_one", "naive_times", "slow_dependency")
    return history.day(
        requests=6000,
        date=MONDAY,
        incidents=[history.Incident(name, "10:00", 14) for name in names],
        deploys=[history.Deploy("3.5.0", "12:00")],
    )


@pytest.fixture(scope="session")
def receiver():
    with Receiver() as listening:
        yield listening


class Receiver:
    """Listens on `url` inside a `with` block."""

    def __init__(self):
        self._bodies = bodies = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        threading.Thread(
            target=self._server.serve_forever, name="otlp-receiver", daemon=True
        ).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def spans(self):
        """All that has come, as a trace frame."""
        rows = [row for body in self._bodies for row in rows_of(body)]
        return pd.DataFrame(rows, dtype=object)


def rows_of(body):
    for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        service = attributes(resource.resource)["service.name"]
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield from rows_of_span(span, service)


def rows_of_span(span, service):
    common = dict.fromkeys(TRACE_COLUMNS) | {
        "trace_id": span.trace_id.hex(),
        "service": service,
        "kind": KINDS[span.kind],
    }
    status = STATUS[span.status.code]
    yield (
        common
        | attributes(span)
        | {
            "span_id": span.span_id.hex(),
            "parent_id": span.parent_span_id.hex() or None,
            "name": span.name,
            "start": span.start_time_unix_nano,
            "status": status,
            "status_message": span.status.message or None,
            "error": status == "error",
            "annotation": "span",
        }
    )
    for event in span.events:
        yield (
            common
            | attributes(event)
            | {
                "parent_id": span.span_id.hex(),
                "name": event.name,
                "start": event.time_unix_nano,
                "status": "unset",
                "error": False,
                "annotation": "span_event",
            }
        )


def attributes(of):
    return {
        each.key: getattr(each.value, each.value.WhichOneof("value"))
        for each in of.attributes
    }
