"""`sql` of a segment, from the old and the new database conventions."""

from lab_emulators.aws.otlp.values import Attributes, filled, take, text

# The collector's list, and the names the newer conventions gave to the same.
_SQL = {
    "cockroachdb",
    "db2",
    "derby",
    "hive",
    "ibm.db2",
    "mariadb",
    "microsoft.sql_server",
    "mssql",
    "mysql",
    "oracle",
    "oracle.db",
    "other_sql",
    "postgresql",
    "sqlite",
    "teradata",
}
_SYSTEM = ("db.system.name", "db.system")


def sql_of(attributes: Attributes, span_name: str) -> Attributes:
    """The `sql` block, {} where the database is not SQL; takes what it uses away.

    As in the collector's exporter `url` is the span's name and the connection string
    ends with the database.
    """
    system = next((text(attributes[n]) for n in _SYSTEM if n in attributes), "")
    if system not in _SQL:
        return {}
    take(attributes, *_SYSTEM)
    connection = text(take(attributes, "db.connection_string"))
    host = text(attributes.get("server.address") or attributes.get("net.peer.name"))
    database = text(take(attributes, "db.namespace", "db.name"))
    return filled(
        {
            "url": span_name,
            "connection_string": f"{connection or host or 'localhost'}/{database}",
            "database_type": system,
            "user": text(take(attributes, "db.user")),
            "sanitized_query": text(take(attributes, "db.query.text", "db.statement")),
        }
    )
