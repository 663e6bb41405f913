"""What the gateway of the local AWS takes for PutTraceSegments, in process, no socket.

    python benchmarks/aws_gateway.py [--rounds 9]

With the operation looked up by its path, and with moto's routes as for other paths:
medians of CPU time, taken in turns in one run.
"""

import argparse
import io
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from lab_emulators.aws.cloud import opened
from lab_emulators.aws.gateway import call

CALLS = 400
BODY = b'{"TraceSegmentDocuments": ["{}"]}'
ENVIRON = {
    "REQUEST_METHOD": "POST",
    "PATH_INFO": "/TraceSegments",
    "REQUEST_URI": "/TraceSegments",
    "SERVER_NAME": "localhost",
    "SERVER_PORT": "80",
    "CONTENT_TYPE": "application/json",
    "CONTENT_LENGTH": str(len(BODY)),
    "HTTP_AUTHORIZATION": "AWS4-HMAC-SHA256 Credential=lab/20260101/us-east-1/xray/"
    "aws4_request",
    "wsgi.url_scheme": "http",
}


def cpu_us(gateway: Any, fixed_paths: Any) -> float:
    """CPU microseconds of one call, its path looked up there."""
    vars(call)["_fixed_paths"] = fixed_paths
    start = time.process_time()
    for _ in range(CALLS):
        gateway(ENVIRON | {"wsgi.input": io.BytesIO(BODY)}, lambda *_: None)
    return (time.process_time() - start) / CALLS * 1e6


def main() -> None:
    """Print the ratio."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rounds", type=int, default=9)
    rounds = options.parse_args().rounds
    looked_up = call._fixed_paths
    with (
        tempfile.TemporaryDirectory() as folder,
        opened(Path(folder), "us-east-1", appends=8) as cloud,
    ):
        runs = [
            (cpu_us(cloud.gateway, looked_up), cpu_us(cloud.gateway, lambda _: {}))
            for _ in range(rounds)
        ]
    ratio = statistics.median(routed / fixed for fixed, routed in runs)
    fixed, routed = (statistics.median(run[n] for run in runs) for n in (0, 1))
    print(f"{fixed:.0f} us by the path, {routed:.0f} us by routes: {ratio:.1f} times")


if __name__ == "__main__":
    main()
