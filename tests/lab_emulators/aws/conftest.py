"""A local AWS behind a real socket, and boto3 clients that lead to it."""

import time

import boto3
import pytest
from botocore.config import Config

from lab_emulators.aws.cloud import opened
from lab_emulators.web.server import Server, bind

ONCE = Config(retries={"total_max_attempts": 1}, read_timeout=30)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    """One local AWS for all tests of a module."""
    state = tmp_path_factory.mktemp("cloud")
    with opened(state, "us-east-1", appends=8) as made:
        yield made


@pytest.fixture(scope="module")
def gateway(cloud):
    """The gateway's URL."""
    server = Server("aws", cloud.gateway, bind(0)[0])
    yield server.url
    server.stop()


@pytest.fixture
def fresh(cloud):
    """The local AWS, empty before and after the test."""
    cloud.reset()
    yield cloud
    cloud.reset()


@pytest.fixture
def client(gateway, fresh):
    """Makes boto3 clients as a student does, apart from where they look for keys."""
    made = []

    def make(service, region="us-east-1"):
        keys = {"aws_access_key_id": "lab-key", "aws_secret_access_key": "lab-secret"}
        session = boto3.session.Session(region_name=region, **keys)
        made.append(session.client(service, endpoint_url=gateway, config=ONCE))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def document():
    """Makes segment documents: as dicts, of the same second, with counted ids."""
    now = time.time()

    def make(number=1, **members):
        trace = f"1-{int(now):08x}-{number:024x}"
        times = {"start_time": now - 0.5, "end_time": now}
        named = {"name": "api", "id": f"{number:016x}", "trace_id": trace}
        return named | times | members

    return make


@pytest.fixture
def eventually():
    """Waits for a condition, at most some seconds; returns what made it true."""

    def wait(condition, seconds=20):
        deadline = time.monotonic() + seconds
        while not (found := condition()):
            assert time.monotonic() < deadline, "it never came true"
            time.sleep(0.02)
        return found

    return wait
