"""The first call of each service the course uses, made before anybody waits for it.

EC2 is not among them: moto's part of it takes 130 MiB and over a second of processor
time, and most students never call it. Its first call loads it.
"""

import io
import time
from typing import Any

from werkzeug.test import EnvironBuilder, run_wsgi_app

from lab_emulators.aws.gateway.app import Gateway
from lab_emulators.aws.services import SERVICES, Service, WarmUpCall
from lab_emulators.contract import REGION

_SIGNED = "AWS4-HMAC-SHA256 Credential=lab/{day}/{region}/{service}/aws4_request"


def warm_up(gateway: Gateway) -> None:
    """Reads once from every service that has a call for it; leaves no data behind.

    Raises RuntimeError when one of them cannot answer.
    """
    for service in SERVICES.values():
        if service.warm_up:
            _call(gateway, service, service.warm_up)


def _call(gateway: Gateway, service: Service, call: WarmUpCall) -> None:
    day = time.strftime("%Y%m%d", time.gmtime())
    name = service.signing_name or service.name
    signed = _SIGNED.format(day=day, region=REGION, service=name)
    environ: dict[str, Any] = EnvironBuilder(
        call.path,
        "http://127.0.0.1",
        method=call.method,
        headers=[*call.headers.items(), ("Authorization", signed)],
        input_stream=io.BytesIO(call.body),
        content_length=len(call.body),
    ).get_environ()
    parts, status, _ = run_wsgi_app(gateway, environ, buffered=True)
    if not status.startswith("200"):
        answer = b"".join(parts)
        raise RuntimeError(f"warming up, {service.name} answered {status}: {answer!r}")
