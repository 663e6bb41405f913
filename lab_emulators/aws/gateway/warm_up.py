"""The first call of each service the course uses, made before anybody waits for it.

EC2 is not among them: moto's part of it takes 130 MiB and over a second of processor
time, and most students never call it. Its first call loads it.
"""

import io
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from werkzeug.test import EnvironBuilder, run_wsgi_app

from lab_emulators.aws.gateway.app import FrontDoor

_SIGNED = "AWS4-HMAC-SHA256 Credential=lab/{day}/us-east-1/{service}/aws4_request"
_JSON = {
    "logs": "Logs_20140328.DescribeLogGroups",
    "events": "AWSEvents.ListRules",
    "sqs": "AmazonSQS.ListQueues",
    "monitoring": "GraniteServiceVersion20100801.ListMetrics",
}
_QUERY = {"sts": ("GetCallerIdentity", "2011-06-15")}
_GET = {"s3": "/"}
_POST = {"xray": "/GetSamplingRules"}


def warm(door: FrontDoor) -> None:
    """Read once from every service; leaves no data behind.

    Raises RuntimeError when one of them cannot answer.
    """
    for service, target in _JSON.items():
        headers = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"}
        _ask(door, service, "/", headers, b"{}")
    for service, (action, version) in _QUERY.items():
        form = urlencode({"Action": action, "Version": version}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        _ask(door, service, "/", headers, form)
    for service, path in _POST.items():
        _ask(door, service, path, {"Content-Type": "application/json"}, b"{}")
    for service, path in _GET.items():
        _ask(door, service, path, {}, None)


def _ask(
    door: FrontDoor,
    service: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes | None,
) -> None:
    day = time.strftime("%Y%m%d", time.gmtime())
    signed = _SIGNED.format(day=day, service=service)
    environ: dict[str, Any] = EnvironBuilder(
        path,
        "http://127.0.0.1",
        method="GET" if body is None else "POST",
        headers=[*headers.items(), ("Authorization", signed)],
        input_stream=io.BytesIO(body or b""),
        content_length=len(body or b""),
    ).get_environ()
    parts, status, _ = run_wsgi_app(door, environ, buffered=True)
    if not status.startswith(("200", "501")):
        raise RuntimeError(
            f"warming up, {service} answered {status}: {b''.join(parts)!r}"
        )
