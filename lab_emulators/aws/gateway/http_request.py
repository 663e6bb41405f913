"""An HTTP request whose body several readers may read, each from its start."""

import gzip
import io
import zlib
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from moto.core.request import Request

from lab_emulators.aws.errors import AwsError

LARGEST_BODY = 64 * 2**20


class MotoRequest(Request):
    """A request that moto takes for one its own server received."""

    from_wsgi_server = True


class HttpRequest:
    """A WSGI request with its body read."""

    def __init__(self, environ: Mapping[str, Any], body: bytes | None = None) -> None:
        self.environ = {**environ, "RAW_URI": environ.get("REQUEST_URI", "")}
        self.path = str(environ.get("PATH_INFO", ""))
        kind = str(environ.get("CONTENT_TYPE", ""))
        self.mimetype = kind.partition(";")[0].strip().lower()
        self.body = environ["wsgi.input"].read(LARGEST_BODY) if body is None else body

    @cached_property
    def parsed(self) -> MotoRequest:
        """Headers, query and form, for readers that leave the request as it is."""
        return self.to_moto()

    def to_moto(self) -> MotoRequest:
        """A request for moto to read, body and all."""
        return MotoRequest({**self.environ, "wsgi.input": io.BytesIO(self.body)})

    def header(self, name: str) -> str:
        """A header's value, "" without it."""
        return str(self.environ.get(f"HTTP_{name.upper().replace('-', '_')}", ""))

    def decompressed(self) -> "HttpRequest":
        """The request without the gzip that clients apply to large bodies."""
        if self.header("Content-Encoding").strip().lower() != "gzip":
            return self
        try:
            with gzip.open(io.BytesIO(self.body)) as packed:
                body = packed.read(LARGEST_BODY + 1)
        except (OSError, EOFError, zlib.error) as error:
            text = "the gzip data is broken"
            raise AwsError("SerializationException", text) from error
        if len(body) > LARGEST_BODY:
            raise AwsError("RequestEntityTooLargeException", "more than 64 MiB", 413)
        environ = {**self.environ, "CONTENT_LENGTH": str(len(body))}
        del environ["HTTP_CONTENT_ENCODING"]
        return HttpRequest(environ, body)
