"""Honeycomb queries: a JSON specification in, the `data` of a query result out.

`parse_spec` checks a specification against a `Schema`, `spec_id` names it,
`run_query` evaluates it over the tables of a store; `check_expression` checks the
text of a calculated field. Whatever is wrong with them is a `SpecError`.
"""

from lab_emulators.honeycomb.languages.calculated_field.compile import check_expression
from lab_emulators.honeycomb.query.errors import SpecError
from lab_emulators.honeycomb.query.options import (
    ResultOptions,
    effective_limit,
    parse_options,
)
from lab_emulators.honeycomb.query.run import run_query
from lab_emulators.honeycomb.query.schema import Schema
from lab_emulators.honeycomb.query.spec import QuerySpec, spec_id
from lab_emulators.honeycomb.query.validate import parse_spec

__all__ = [
    "QuerySpec",
    "ResultOptions",
    "Schema",
    "SpecError",
    "check_expression",
    "effective_limit",
    "parse_options",
    "parse_spec",
    "run_query",
    "spec_id",
]
