"""What an exporter logs when the lab is away: one sentence."""

import logging
import os
import signal
import time

import psutil
import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from lab_helpers import process, settings
from lab_helpers.process import export_log
from lab_helpers.process.export_log import ExportLog

pytestmark = pytest.mark.xdist_group("lab")


def remove_filters():
    """Takes back what a start of the lab in this process has added."""
    for logger in map(logging.getLogger, export_log.LOGGERS):
        for each in [f for f in logger.filters if isinstance(f, ExportLog)]:
            logger.removeFilter(each)


@pytest.fixture
def log(caplog, monkeypatch):
    """The messages that a new filter lets pass."""
    remove_filters()
    monkeypatch.setattr(export_log, "_log", ExportLog())
    yield caplog
    remove_filters()


def export_one_span(endpoint):
    """Sends a span, trying for a second."""
    exporter = OTLPSpanExporter(f"{endpoint}/v1/traces", timeout=2)
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with provider.get_tracer("test").start_as_current_span("work"):
        pass
    provider.shutdown()


def test_a_killed_lab_is_one_sentence(lab_state, log):
    running = process.start(settings.load())
    export_log.shorten(running)
    process.stop(lab_state)
    export_one_span(running.addresses.honeycomb)
    assert log.messages == [
        f"nothing listens at {running.addresses.honeycomb}, so what was sent is lost. "
        "Run lab.start(), then the cell again."
    ]


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="no process can be stopped")
def test_a_stopped_lab_is_one_sentence(lab_state, log):
    running = process.start(settings.load())
    export_log.shorten(running)
    os.kill(running.pid, signal.SIGSTOP)
    while psutil.Process(running.pid).status() != psutil.STATUS_STOPPED:
        time.sleep(0.01)
    try:
        export_one_span(running.addresses.honeycomb)
    finally:
        os.kill(running.pid, signal.SIGCONT)
    (said,) = log.messages
    assert "does not answer, so what was sent is lost" in said


def test_another_endpoint_keeps_the_exporters_own_words(session_lab, log):
    export_log.shorten(session_lab)
    export_one_span("http://127.0.0.1:9")
    assert log.messages[0].startswith("Transient error")
    assert "port=9" in log.messages[0]
    assert "nothing listens" not in log.text


def test_a_full_disk_is_said_instead_of_its_status(session_lab):
    watching = ExportLog()
    watching.watch(session_lab)
    text = "Transient error Insufficient Storage encountered while exporting spans"
    record = logging.makeLogRecord({"msg": text})
    assert watching.filter(record)
    assert "the disk with the lab's data is full" in record.getMessage()


def test_a_later_loss_is_said_again(session_lab):
    now = [0.0]
    watching = ExportLog(clock=lambda: now[0])
    watching.watch(session_lab)
    shown = []
    for now[0] in (0.0, 5.0, 40.0):
        record = logging.makeLogRecord(
            {"msg": "Failed to export: Insufficient Storage"}
        )
        shown.append(watching.filter(record))
    assert shown == [True, False, True]
