"""Signed HTTP to the service: the only way the daemon speaks to the gateway."""

import contextlib
import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True)
class Reply:
    """Reply of the service to one request."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Forwarder:
    """Endpoint of the service, with the credentials and the region to sign with."""

    endpoint: str
    region: str
    access_key_id: str
    secret_access_key: str

    def send(
        self,
        path: str,
        body: bytes,
        *,
        method: str = "POST",
        kind: str = "application/json",
        timeout_s: float = TIMEOUT_S,
    ) -> Reply:
        """One request; raises OSError or HTTPException when there is no answer."""
        headers = self._signed(method, path, body, kind)
        # Not urllib: a proxy set for the outside world must not see loopback.
        url = urlsplit(self.endpoint)
        wire = http.client.HTTPConnection(
            url.hostname or "", url.port, timeout=timeout_s
        )
        with contextlib.closing(wire):
            wire.request(method, path, body, headers)
            answer = wire.getresponse()
            return Reply(answer.status, dict(answer.getheaders()), answer.read())

    def _signed(self, method: str, path: str, body: bytes, kind: str) -> dict[str, str]:
        headers = {"Content-Type": kind}
        request = AWSRequest(method, self.endpoint + path, headers, body)
        credentials = Credentials(self.access_key_id, self.secret_access_key)
        SigV4Auth(credentials, "xray", self.region).add_auth(request)
        return dict(request.headers.items())
