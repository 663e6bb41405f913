"""X-Ray's instrumentation as a file: what one visit puts into the packet."""

import json
import os
import socket
import subprocess
import sys

import pytest

VISIT = """
from lab_helpers.app import create_app
from lab_helpers.files import xray_tracing
app = create_app(pace=0)
xray_tracing.instrument(app, "feed")
import requests
assert hasattr(requests.Session.request, "__wrapped__")
app.test_client().get("/api/search?term=tide", headers={"X-Kittiwake-User": "caetano"})
"""


@pytest.fixture
def daemon():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(30)
        yield listener


def visited(daemon, **environment):
    """What a process does that is instrumented by the file and visited once."""
    address = ":".join(map(str, daemon.getsockname()))
    env = {**os.environ, "AWS_XRAY_DAEMON_ADDRESS": address, **environment}
    # A process of its own: patching `requests` cannot be undone.
    subprocess.run([sys.executable, "-c", VISIT], env=env, check=True, timeout=60)


def test_a_visit_is_a_segment_with_its_facts_and_steps(daemon):
    visited(daemon, SERVICE_PREFIX="tried-")
    segment = json.loads(daemon.recv(65_536).split(b"\n")[1])
    assert segment["name"] == "tried-feed"
    assert segment["annotations"]["tenant"] == "breakwater"
    assert segment["metadata"]["kittiwake"]["facts"]["user"] == "caetano"
    steps = [each["name"] for each in segment["subsegments"]]
    assert steps == ["search.match", "search.rank"]
