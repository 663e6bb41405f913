"""What the real SDK and its instrumentations send becomes the documents expected."""

AWS = {
    "xray": {
        "sdk": "opentelemetry for python",
        "auto_instrumentation": False,
    }
}
FLEETING = ("id", "trace_id", "parent_id", "start_time", "end_time", "metadata")


def lasting(document):
    """Without ids, times and the SDK's version."""
    document["aws"]["xray"].pop("sdk_version")
    return {key: value for key, value in document.items() if key not in FLEETING}


def test_a_request_through_three_instrumentations_is_one_chain(sdk):
    documents = sdk.get("/calls/7?page=1")
    database, client = documents["SELECT"], documents["GET"]
    server = documents["GET /calls/<int:number>"]
    assert database["parent_id"] == server["id"]
    assert server["parent_id"] == client["id"]
    assert "parent_id" not in client
    assert len({d["trace_id"] for d in (database, server, client)}) == 1


def test_a_flask_server_span_is_a_segment_of_its_service(sdk):
    server = sdk.get("/calls/7?page=1")["GET /calls/<int:number>"]
    agent = server["http"]["request"].pop("user_agent")
    assert agent.startswith("python-requests/")
    assert lasting(server) == {
        "name": "api",
        "http": {
            "request": {
                "method": "GET",
                "url": f"http://{sdk.place}/calls/7?page=1",
                "client_ip": "127.0.0.1",
            },
            "response": {"status": 200},
        },
        "aws": AWS,
        "service": {"version": "1.2"},
    }
    assert server["metadata"]["default"]["http.route"] == "/calls/<int:number>"
    assert server["metadata"]["default"]["otel.resource.service.name"] == "api"


def test_a_requests_span_is_named_by_the_host_it_called(sdk):
    client = sdk.get("/calls/7")["GET"]
    agent = client["http"]["request"].pop("user_agent")
    assert agent.startswith("python-requests/")
    assert lasting(client) == {
        "name": "127.0.0.1",
        "namespace": "remote",
        "http": {
            "request": {"method": "GET", "url": f"http://{sdk.place}/calls/7"},
            "response": {"status": 200},
        },
        "aws": AWS,
        "service": {"version": "1.2"},
    }


def test_a_sqlalchemy_span_is_a_remote_subsegment_with_its_query(sdk):
    database = sdk.get("/calls/7")["SELECT"]
    assert lasting(database) == {
        "name": "SELECT",
        "type": "subsegment",
        "namespace": "remote",
        "sql": {
            "url": "SELECT",
            "connection_string": "localhost/",
            "database_type": "sqlite",
            "sanitized_query": "SELECT 40 + 2",
        },
        "aws": AWS,
        "service": {"version": "1.2"},
    }


def test_an_exception_in_a_view_is_the_fault_and_its_cause_is_linked(sdk):
    documents = sdk.get("/broken")
    server, client = documents["GET /broken"], documents["GET"]
    second, first = server["cause"]["exceptions"]
    assert server["fault"] and client["fault"]
    assert (second["type"], second["message"]) == ("ValueError", "second")
    assert (first["type"], first["message"]) == ("KeyError", "'first'")
    assert second["cause"] == first["id"]
    assert second["stack"][0]["label"] == "broken"
    assert first["stack"][0]["path"] == __file__.replace("test_sdk_spans", "conftest")


def test_a_path_nobody_serves_is_an_error_and_no_fault(sdk):
    for document in sdk.get("/nowhere").values():
        assert document["error"]
        assert document["http"]["response"]["status"] == 404
        assert not {"fault", "throttle"} & document.keys()


def test_the_same_span_sent_twice_is_the_same_document(one):
    event = {"exception.type": "E", "exception.stacktrace": "x"}
    first, again = (one(events=[("exception", event)]) for _ in range(2))
    assert first == again
