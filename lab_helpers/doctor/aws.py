"""Checks of AWS: the caller's identity, and one segment there and back."""

import json
import socket
import time
import uuid
from typing import Any

from lab_helpers.doctor.report import AGAIN, DATASET, Finding, attempt
from lab_helpers.settings import Mode, Settings

_WAIT_S = 15.0  # the daemon sends what it has a second after the last packet


def account(settings: Settings) -> Finding:
    """AWS, emulated or real, identifies the caller (`sts get-caller-identity`)."""
    real = "check your AWS credentials and region"
    remedy = real if settings.aws.mode is Mode.REAL else AGAIN
    return attempt("AWS", _who_am_i, settings, remedy)


def segment(settings: Settings) -> Finding:
    """One segment goes in over UDP and comes back with its trace."""
    yours = f"is the daemon at {settings.xray.daemon_address} the one you mean?"
    return attempt(
        "X-Ray",
        _segment_and_back,
        settings,
        yours if settings.xray.yours else AGAIN,
    )


def _who_am_i(settings: Settings) -> str:
    """The caller's identity as STS returns it; LookupError says what failed."""
    identity = _call(settings, "sts", "get_caller_identity")
    return f"{identity['Arn']} is asking"


def _segment_and_back(settings: Settings) -> str:
    """Sends a segment to the daemon, reads its trace from X-Ray.

    Raises OSError, LookupError when AWS refuses, TimeoutError when it never arrives.
    """
    began = time.monotonic()
    trace_id = f"1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]}"
    _send(settings.xray.daemon_address, _document(trace_id))
    while not _is_there(settings, trace_id):
        if time.monotonic() - began > _WAIT_S:
            raise TimeoutError(f"the segment did not arrive within {_WAIT_S:.0f} s")
        time.sleep(0.1)
    return f"one segment in, one found, {(time.monotonic() - began) * 1000:.0f} ms"


def _is_there(settings: Settings, trace_id: str) -> bool:
    return bool(
        _call(settings, "xray", "batch_get_traces", TraceIds=[trace_id])["Traces"]
    )


def _send(address: str, document: dict[str, object]) -> None:
    """One packet as the SDKs send it; `address` in either of their two forms."""
    udp = [part for part in address.split() if not part.startswith("tcp:")]
    host, _, port = udp[0].removeprefix("udp:").rpartition(":")
    packet = '{"format": "json", "version": 1}\n' + json.dumps(document)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.sendto(packet.encode(), (host, int(port)))


def _document(trace_id: str) -> dict[str, object]:
    now = time.time()
    return {
        "name": DATASET,
        "id": uuid.uuid4().hex[:16],
        "trace_id": trace_id,
        "start_time": now - 0.001,
        "end_time": now,
    }


def _call(settings: Settings, service: str, operation: str, **parameters: Any) -> Any:
    # only the doctor needs it, and it takes longer to load than all the rest
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    once = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=10)
    try:
        client = boto3.session.Session(**_session(settings)).client(
            service, endpoint_url=settings.aws.endpoint or None, config=once
        )
        return getattr(client, operation)(**parameters)
    except (BotoCoreError, ClientError) as error:
        raise LookupError(str(error)) from error


def _session(settings: Settings) -> dict[str, str]:
    aws = settings.aws
    arguments = {
        "aws_access_key_id": aws.access_key_id,
        "aws_secret_access_key": aws.secret_access_key,
        "aws_session_token": aws.session_token,
        "region_name": aws.region,
        "profile_name": aws.profile if aws.mode is Mode.REAL else "",
    }
    return {name: value for name, value in arguments.items() if value}
