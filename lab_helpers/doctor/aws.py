"""What the doctor asks of AWS: who is asking, and one segment there and back."""

import json
import socket
import time
import uuid
from typing import Any

from lab_helpers.doctor.report import AGAIN, DATASET, Finding, attempt
from lab_helpers.settings import Mode, Settings

_WAIT_S = 15.0  # the daemon sends what it has a second after the last packet


def account(wanted: Settings) -> Finding:
    """AWS, emulated or real, says who is asking (`sts get-caller-identity`)."""
    real = "check your AWS credentials and region"
    remedy = real if wanted.aws.mode is Mode.REAL else AGAIN
    return attempt("AWS", _who_am_i, wanted, remedy)


def segment(wanted: Settings) -> Finding:
    """One segment goes in over UDP and comes back with its trace."""
    yours = f"is the daemon at {wanted.xray.daemon_address} the one you mean?"
    return attempt(
        "X-Ray",
        _segment_and_back,
        wanted,
        yours if wanted.xray.yours else AGAIN,
    )


def _who_am_i(wanted: Settings) -> str:
    """The caller's identity as STS returns it; LookupError says what failed."""
    identity = _call(wanted, "sts", "get_caller_identity")
    return f"{identity['Arn']} is asking"


def _segment_and_back(wanted: Settings) -> str:
    """Send a segment to the daemon, read its trace from X-Ray.

    Raises OSError, LookupError when AWS refuses, TimeoutError when it never arrives.
    """
    began = time.monotonic()
    trace_id = f"1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]}"
    _send(wanted.xray.daemon_address, _document(trace_id))
    while not _found(wanted, trace_id):
        if time.monotonic() - began > _WAIT_S:
            raise TimeoutError(f"the segment did not arrive within {_WAIT_S:.0f} s")
        time.sleep(0.1)
    return f"one segment in, one found, {(time.monotonic() - began) * 1000:.0f} ms"


def _found(wanted: Settings, trace_id: str) -> bool:
    return bool(
        _call(wanted, "xray", "batch_get_traces", TraceIds=[trace_id])["Traces"]
    )


def _send(address: str, document: dict[str, object]) -> None:
    """One packet as the SDKs send it; `address` in either of their two forms."""
    found = [part for part in address.split() if not part.startswith("tcp:")]
    host, _, port = found[0].removeprefix("udp:").rpartition(":")
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


def _call(wanted: Settings, service: str, operation: str, **parameters: Any) -> Any:
    # only the doctor needs it, and it takes longer to load than all the rest
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    once = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=10)
    try:
        client = boto3.session.Session(**_session(wanted)).client(
            service, endpoint_url=wanted.aws.endpoint or None, config=once
        )
        return getattr(client, operation)(**parameters)
    except (BotoCoreError, ClientError) as error:
        raise LookupError(str(error)) from error


def _session(wanted: Settings) -> dict[str, str]:
    aws = wanted.aws
    found = {
        "aws_access_key_id": aws.access_key_id,
        "aws_secret_access_key": aws.secret_access_key,
        "aws_session_token": aws.session_token,
        "region_name": aws.region,
        "profile_name": aws.profile if aws.mode is Mode.REAL else "",
    }
    return {name: value for name, value in found.items() if value}
