"""X-Ray for one service of Kittiwake: what page 03 built, in one file.

`instrument(app, service)` makes an app send its segments to the daemon; it is the
set-up file of a process: `run_processes(setup=xray_tracing.__file__)`. Every request is
recorded, or with SAMPLING in the environment those that the sampling rules choose.
"""

import os

from aws_xray_sdk.core import patch, xray_recorder
from aws_xray_sdk.ext.flask.middleware import XRayMiddleware
from flask import Flask, Response

from lab_helpers.app import around_steps, request_facts


def instrument(app: Flask, service: str) -> None:
    """Makes an app send its segments as SERVICE_PREFIX (`kittiwake-`) and this name.

    The middleware begins and ends the segment, `patch` gives each call by `requests` a
    subsegment and puts the header X-Amzn-Trace-Id on it. It cannot be taken back.
    """
    name = os.environ.get("SERVICE_PREFIX", "kittiwake-") + service
    xray_recorder.configure(service=name, sampling="SAMPLING" in os.environ)
    XRayMiddleware(app, xray_recorder)
    app.after_request(annotate)
    if service != "api":  # which has no steps of its own
        around_steps(app, xray_recorder.in_subsegment)
    patch(["requests"])


def annotate(response: Response) -> Response:
    """Puts plan and tenant where a filter finds them, and every fact to be read."""
    facts, segment = request_facts(), xray_recorder.current_segment()
    segment.put_annotation("plan", facts.plan)
    segment.put_annotation("tenant", facts.tenant)
    segment.put_metadata("facts", facts.known(), "kittiwake")
    return response
