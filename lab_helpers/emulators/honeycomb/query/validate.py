"""From a JSON document to a `QuerySpec`: every rule, with its text."""

from lab_helpers.emulators.honeycomb.query.schema import Schema
from lab_helpers.emulators.honeycomb.query.spec import QuerySpec


def parse_spec(document: object, schema: Schema) -> QuerySpec:
    """Check `document`; raise `SpecError` (status 400 or 422) for what is wrong."""
    raise NotImplementedError("being written")
