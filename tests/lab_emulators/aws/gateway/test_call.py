"""The call that a request makes: service, operation, protocol, parameters."""

from io import BytesIO

import pytest

from lab_emulators.aws.gateway import call, parameters
from lab_emulators.aws.gateway.call import model_of, parse_call
from lab_emulators.aws.gateway.credential_scope import Scope
from lab_emulators.aws.gateway.http_request import HttpRequest
from lab_emulators.aws.services import FORM_TYPE, SERVICES


def environ_of(path, **headers):
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "REQUEST_URI": path,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(b"{}"),
        "CONTENT_LENGTH": "2",
        **headers,
    }


def call_of(environ, service):
    return parse_call(HttpRequest(environ), Scope("lab", "us-east-1", service))


def test_every_operation_of_logs_is_named_by_the_header():
    for name in model_of("logs").operation_names:
        named = call_of(
            environ_of("/", HTTP_X_AMZ_TARGET=f"Logs_20140328.{name}"), "logs"
        )
        assert (named.name, named.model.name) == (f"logs.{name}", name)


def test_every_operation_of_xray_is_named_by_the_path(monkeypatch):
    model = model_of("xray")
    paths = {
        n: model.operation_model(n).http["requestUri"] for n in model.operation_names
    }
    looked_up = [call_of(environ_of(path), "xray") for path in paths.values()]
    assert [each.operation for each in looked_up] == list(paths)
    monkeypatch.setattr(call, "_fixed_paths", lambda service: {})
    assert [call_of(environ_of(path), "xray") for path in paths.values()] == looked_up


@pytest.mark.parametrize(
    ("service", "path", "headers", "expected"),
    [
        ("xray", "/NoSuchPath", {}, "POST /NoSuchPath"),
        ("logs", "/", {"HTTP_X_AMZ_TARGET": "Logs_20140328.Fly"}, "Fly"),
        ("logs", "/", {}, "POST /"),
        ("sns", "/", {"CONTENT_TYPE": FORM_TYPE}, "POST /"),
    ],
)
def test_an_unknown_operation_keeps_the_name_it_came_with(
    service, path, headers, expected
):
    unknown = call_of(environ_of(path, **headers), service)
    assert (unknown.operation, unknown.model) == (expected, None)


def test_the_table_of_services_agrees_with_their_models():
    for name, service in SERVICES.items():
        model = model_of(name)
        assert model.signing_name == (service.signing_name or name)
        assert service.protocols in ((), tuple(model.protocols))
        assert service.data_events <= set(model.operation_names)
        assert (service.moto_operations or set()) <= set(model.operation_names)


def test_the_parameters_of_a_call_are_read_once(monkeypatch):
    bodies = []
    read = parameters.parse_json
    monkeypatch.setattr(
        parameters, "parse_json", lambda body: bodies.append(body) or read(body)
    )
    target = "GraniteServiceVersion20100801.ListMetrics"
    environ = environ_of("/", HTTP_X_AMZ_TARGET=target)
    listing = call_of(environ, "monitoring")
    assert listing.parameters is listing.parameters
    assert bodies == [b"{}"]
