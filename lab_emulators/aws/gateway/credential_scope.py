"""Credential scope of a request: the access key, the service and the region.

Signature Version 4 names them in the `Authorization` header, or in the query string
of a presigned URL (AWS General Reference, "Signature Version 4"). The signature
itself is not checked: the lab's keys are no secret.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from lab_emulators.aws.errors import AwsError

_CREDENTIAL = re.compile(r"Credential=([^,\s]+)")


@dataclass(frozen=True, slots=True)
class Scope:
    """Access key id, region and the service's signing name."""

    access_key_id: str
    region: str
    service: str


def scope_of(environ: Mapping[str, Any]) -> Scope | None:
    """The scope of a WSGI request, None when it is not signed.

    Raises AwsError IncompleteSignature for a signature that names no scope.
    """
    header = str(environ.get("HTTP_AUTHORIZATION", ""))
    if header.startswith("AWS4-"):
        credential = _CREDENTIAL.search(header)
        return _scope(credential[1] if credential else "")
    presigned = parse_qs(str(environ.get("QUERY_STRING", "")), max_num_fields=1000)
    if named := presigned.get("X-Amz-Credential"):
        return _scope(named[0])
    return None


def _scope(credential: str) -> Scope:
    """Reads `key/date/region/service/aws4_request`; the key may hold slashes."""
    parts = credential.rsplit("/", 4)
    if len(parts) != 5 or parts[4] != "aws4_request" or not all(parts):
        message = (
            f"Credential must be key/date/region/service/aws4_request: {credential!r}"
        )
        raise AwsError("IncompleteSignature", message)
    return Scope(parts[0], parts[2], parts[3].lower())
