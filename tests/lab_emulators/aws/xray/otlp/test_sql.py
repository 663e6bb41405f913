"""The `sql` block, from old and new conventions."""

import pytest

OLD = {
    "db.system": "postgresql",
    "db.name": "calls",
    "db.statement": "SELECT 1",
    "db.user": "app",
    "net.peer.name": "db.example",
}
NEW = {
    "db.system.name": "postgresql",
    "db.namespace": "calls",
    "db.query.text": "SELECT 1",
    "db.user": "app",
    "server.address": "db.example",
}


@pytest.mark.parametrize("attributes", [OLD, NEW], ids=["old", "new"])
def test_both_conventions_say_the_same_of_a_query(one, attributes):
    document = one(attributes, kind="CLIENT", name="SELECT calls")
    assert document["sql"] == {
        "url": "SELECT calls",
        "connection_string": "db.example/calls",
        "database_type": "postgresql",
        "user": "app",
        "sanitized_query": "SELECT 1",
    }
    assert document["name"].startswith("calls")


def test_a_connection_string_is_kept_as_it_is(one):
    attributes = OLD | {"db.connection_string": "postgresql://db.example:5432"}
    document = one(attributes, kind="CLIENT")
    assert document["sql"]["connection_string"] == "postgresql://db.example:5432/calls"


def test_a_database_that_is_not_sql_stays_metadata(one):
    document = one({"db.system": "redis", "db.statement": "GET k"}, kind="CLIENT")
    assert "sql" not in document
    assert document["metadata"]["default"]["db.statement"] == "GET k"
