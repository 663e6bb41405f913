"""What a request asks for, with and without a look at the routes."""

from io import BytesIO

import pytest

from lab_emulators.aws.gateway import request
from lab_emulators.aws.gateway.credential_scope import Scope


def environ_of(path, **headers):
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "RAW_URI": path,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(b"{}"),
        "CONTENT_LENGTH": "2",
        **headers,
    }


def both(environ, service):
    scope = Scope("lab", "us-east-1", service)
    routed = request.asked(request.MotoRequest(dict(environ)), scope)
    return request.plainly_asked(environ, scope), routed


def test_every_operation_of_logs_is_told_by_the_header():
    for name in request.model_of("logs").operation_names:
        target = f"Logs_20140328.{name}"
        plain, routed = both(environ_of("/", HTTP_X_AMZ_TARGET=target), "logs")
        assert plain == routed
        assert plain.operation == name


def test_every_operation_of_xray_is_told_by_the_path():
    model = request.model_of("xray")
    for name in model.operation_names:
        path = model.operation_model(name).http["requestUri"]
        plain, routed = both(environ_of(path), "xray")
        assert plain == routed
        assert plain.operation == name


@pytest.mark.parametrize(
    ("service", "path", "headers"),
    [
        ("xray", "/NoSuchPath", {}),
        ("logs", "/", {"HTTP_X_AMZ_TARGET": "Logs_20140328.Fly"}),
        ("logs", "/", {}),
        ("cloudwatch", "/", {"HTTP_X_AMZ_TARGET": "Any.PutMetricData"}),
    ],
)
def test_what_the_head_does_not_say_is_left_to_the_routes(service, path, headers):
    assert both(environ_of(path, **headers), service)[0] is None
