"""What moto's services send over HTTP: to this machine only, and not for ever."""

import ast
import json
import re
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from moto.core.config import default_user_config

from lab_emulators.aws.errors import AwsError
from lab_emulators.aws.gateway import moto, outbound
from lab_emulators.aws.gateway.outbound import DeliveryError
from lab_emulators.contract import ACCOUNT_ID

FOREIGN = [
    "http://192.0.2.1/hook",
    "https://evil.example/hook",
    "http://0.0.0.0:1/",
    "http://router.localhost/",
    "http://localhost.evil.example/",
    "http://127.0.0.1@evil.example/",
    "http://evil.example\\@127.0.0.1/",
    "http://[::2]/",
]


class Endpoint(ThreadingHTTPServer):
    """Keeps the bodies that come; answers with `status` and `location`."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Answer)
        self.url = f"http://127.0.0.1:{self.server_port}/hook"
        self.bodies = []
        self.status, self.location = 200, ""
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Answer(BaseHTTPRequestHandler):
    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        self.server.bodies.append(self.rfile.read(length))
        self.send_response(self.server.status)
        self.send_header("Location", self.server.location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def endpoint():
    made = Endpoint()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def reached(monkeypatch):
    """Hosts that are looked up or connected to; none but loopback is let through."""
    hosts = []
    lookup, connect = socket.getaddrinfo, socket.socket.connect

    def note(host):
        if host not in ("127.0.0.1", "localhost"):
            hosts.append(host)
            raise OSError(f"the test lets nothing out to {host}")

    def noted_lookup(host, *rest, **named):
        note(host)
        return lookup(host, *rest, **named)

    def noted_connect(wire, address):
        note(address[0])
        return connect(wire, address)

    monkeypatch.setattr(socket, "getaddrinfo", noted_lookup)
    monkeypatch.setattr(socket.socket, "connect", noted_connect)
    return hosts


@pytest.fixture
def topic(client):
    """The ARN of a topic whose one subscriber is at a URL."""

    def make(url):
        sns = client("sns")
        arn = sns.create_topic(Name="tides")["TopicArn"]
        protocol = url.partition(":")[0]
        sns.subscribe(TopicArn=arn, Protocol=protocol, Endpoint=url)
        return arn

    return make


@pytest.fixture
def stream(client):
    """The ARN of a delivery stream that leads to a URL."""

    def make(url):
        made = client("firehose").create_delivery_stream(
            DeliveryStreamName="tides",
            HttpEndpointDestinationConfiguration={
                "EndpointConfiguration": {"Url": url},
                "S3Configuration": {
                    "RoleARN": f"arn:aws:iam::{ACCOUNT_ID}:role/r",
                    "BucketARN": "arn:aws:s3:::tides",
                },
            },
        )
        return made["DeliveryStreamARN"]

    return make


def test_a_message_reaches_a_subscriber_on_this_machine(client, topic, endpoint):
    client("sns").publish(TopicArn=topic(endpoint.url), Message="high water")
    (body,) = endpoint.bodies
    assert json.loads(body)["Message"] == "high water"


def test_a_message_goes_to_no_other_machine(client, topic, reached):
    arn = topic("http://192.0.2.1/hook")
    with pytest.raises(ClientError, match=r"this machine only, not to 'http://192.0."):
        client("sns").publish(TopicArn=arn, Message="high water")
    assert reached == []


def test_a_batch_names_each_message_that_is_not_delivered(client, topic, reached):
    answer = client("sns").publish_batch(
        TopicArn=topic("http://192.0.2.1/hook"),
        PublishBatchRequestEntries=[{"Id": "1", "Message": "high water"}],
    )
    (failed,) = answer["Failed"]
    assert (failed["Id"], failed["Code"]) == ("1", "InvalidParameter")
    assert "this machine only" in failed["Message"]
    assert reached == []


def test_an_alarms_message_goes_to_no_other_machine(topic, reached):
    with pytest.raises(AwsError, match="this machine only") as refused:
        moto.publish(topic("https://evil.example/hook"), "high water", "tides")
    assert (refused.value.code, reached) == ("InvalidParameter", [])


def test_a_record_reaches_a_destination_on_this_machine(client, stream, endpoint):
    stream(endpoint.url)
    put = client("firehose").put_record
    put(DeliveryStreamName="tides", Record={"Data": b"high water"})
    assert len(endpoint.bodies) == 1


def test_a_record_goes_to_no_other_machine(client, stream, reached):
    stream("https://192.0.2.1/hook")
    put = client("firehose").put_record
    with pytest.raises(ClientError, match="this machine only"):
        put(DeliveryStreamName="tides", Record={"Data": b"high water"})
    assert reached == []


def test_an_api_destination_is_on_this_machine(client, monkeypatch, caplog, reached):
    monkeypatch.setenv("MOTO_EVENTS_INVOKE_HTTP", "true")
    events = client("events")
    made = events.create_connection(
        Name="c",
        AuthorizationType="BASIC",
        AuthParameters={"BasicAuthParameters": {"Username": "u", "Password": "p"}},
    )
    destination = events.create_api_destination(
        Name="d",
        ConnectionArn=made["ConnectionArn"],
        InvocationEndpoint="https://evil.example/hook",
        HttpMethod="POST",
    )
    events.put_rule(Name="tides", EventPattern='{"source": ["aws.tides"]}')
    arn = destination["ApiDestinationArn"]
    events.put_targets(Rule="tides", Targets=[{"Id": "1", "Arn": arn}])
    event = {"source": "aws.tides", "account": ACCOUNT_ID, "detail": {}}
    moto.emit({**event, "region": "us-east-1", "time": 1_700_000_000.0})
    assert "this machine only, not to 'https://evil.example/hook'" in caplog.text
    assert reached == []


@pytest.mark.parametrize("url", FOREIGN)
def test_no_spelling_of_another_machine_is_looked_up(url, reached):
    with pytest.raises(DeliveryError, match="this machine only"):
        outbound.post(url, json={})
    assert reached == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST"])
def test_every_name_of_this_machine_is_delivered_to(host, endpoint):
    url = f"http://{host}:{endpoint.server_port}/"
    assert outbound.post(url).status_code == 200


def test_neither_a_redirect_nor_a_proxy_leads_elsewhere(endpoint, reached, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://evil.example:3128")
    monkeypatch.setenv("no_proxy", "")
    endpoint.status, endpoint.location = 307, "http://evil.example/"
    assert outbound.post(endpoint.url, json={}).status_code == 307
    assert (len(endpoint.bodies), reached) == (1, [])


def test_an_endpoint_that_never_answers_is_waited_for_a_while_only(
    client, topic, monkeypatch
):
    assert outbound.TIMEOUT_S == 5
    monkeypatch.setattr(outbound, "TIMEOUT_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        arn = topic(f"http://127.0.0.1:{silent.getsockname()[1]}/")
        with pytest.raises(ClientError, match=r"does not answer.*timed out"):
            client("sns").publish(TopicArn=arn, Message="high water")


NETWORK = {
    "aiohttp", "asyncio", "boto3", "docker", "ftplib", "http.client", "httpx",
    "requests", "smtplib", "socket", "ssl", "subprocess", "urllib.request", "urllib3",
}  # fmt: skip
GUARDED = {"moto.sns.models", "moto.firehose.models", "moto.events.models"}
# Parsing all of moto takes seconds, so most files are ruled out by their text.
_ROOTS = "|".join({name.partition(".")[0] for name in NETWORK})
_MENTIONED = re.compile(rf"^\s*(from|import)\s.*\b({_ROOTS})\b", re.MULTILINE)
_ABSENT = "API Gateway needs a package that the lab does without"
_DECORATORS = "for moto's decorators and its proxy, which the lab does not use"
_DOCKER = "speaks to Docker, where this machine's own settings lead"
_EXECUTION = "Step Functions execute nothing unless a setting of moto says so"
_TASKS = "moto.stepfunctions.parser.asl.component.state.exec.state_task.service"
_NAMES = "no connection: names of regions, types of requests"
HARMLESS = {
    "moto.apigateway.integration_parsers.aws_parser": _ABSENT,
    "moto.apigateway.integration_parsers.http_parser": _ABSENT,
    "moto.apigateway.integration_parsers.unknown_parser": _ABSENT,
    "moto.apigateway.models": _ABSENT,
    "moto.awslambda.models": _DOCKER,
    "moto.batch.models": _DOCKER,
    "moto.core.authorization": _DECORATORS,
    "moto.core.base_backend": _NAMES,
    "moto.core.botocore_stubber": _NAMES,
    "moto.core.custom_responses_mock": _NAMES,
    "moto.core.models": _DECORATORS,
    "moto.ec2.models.availability_zones_and_regions": _NAMES,
    "moto.eks.utils": _NAMES,
    "moto.iam.config": _NAMES,
    "moto.moto_api._internal.recorder.models": "replays at a path that is not served",
    "moto.moto_proxy.certificate_creator": _DECORATORS,
    "moto.moto_proxy.proxy3": _DECORATORS,
    "moto.s3control.config": _NAMES,
    f"{_TASKS}.state_task_service_api_gateway": _EXECUTION,
    f"{_TASKS}.state_task_service_glue": _EXECUTION,
    "moto.stepfunctions.parser.asl.utils.boto_client": _EXECUTION,
    "moto.utilities.docker_utilities": _DOCKER,
}


def network_modules(path):
    """The modules for networks that a source file imports, wherever it does."""
    found, text = set(), path.read_text(encoding="utf-8")
    if not _MENTIONED.search(text):
        return found
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
            found |= {*names, *(name.partition(".")[0] for name in names)}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            found |= {node.module, *names}
    return found & NETWORK


def test_every_module_of_moto_that_could_reach_out_is_known():
    # A new one in a newer moto is either guarded in `moto` or harmless: say why.
    root = Path(find_spec("moto").origin).parent
    reaching = {
        ".".join(path.relative_to(root.parent).with_suffix("").parts)
        for path in root.rglob("*.py")
        if network_modules(path)
    }
    assert reaching == GUARDED | set(HARMLESS)


def test_what_the_harmless_modules_need_is_not_there():
    with pytest.raises(moto.AbsentError):
        moto.handlers("apigateway")
    assert default_user_config["stepfunctions"] == {"execute_state_machine": False}
