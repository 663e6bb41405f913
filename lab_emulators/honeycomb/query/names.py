"""Rules about names: every column exists, and relations stand where they may."""

from collections.abc import Iterator

from lab_emulators.honeycomb.query.errors import SpecError
from lab_emulators.honeycomb.query.plan import Planner
from lab_emulators.honeycomb.query.schema import Schema
from lab_emulators.honeycomb.query.scope import relation_of
from lab_emulators.honeycomb.query.spec import QuerySpec
from lab_emulators.store.query import SizeError, walk

_FREE_IN_BREAKDOWNS = ("root", "parent")


def check_names(spec: QuerySpec, schema: Schema) -> None:
    """Raises `SpecError` (400) for an unknown name or a misplaced relation."""
    _check_relations(spec, schema)
    try:
        for _ in walk(Planner(spec, schema).expressions()):
            pass
    except SizeError:
        raise SpecError("the query's calculated fields are too large") from None


def _check_relations(spec: QuerySpec, schema: Schema) -> None:
    filtered = list(_relations((f.column for f in spec.filters), schema))
    grouped = list(_relations(iter(spec.breakdowns), schema))
    columns = (c.column for c in spec.calculations if c.column is not None)
    inner = (f.column for c in spec.calculations for f in c.filters)
    if list(_relations(columns, schema)):
        raise SpecError("relational fields are not supported in calculations")
    if list(_relations(inner, schema)):
        raise SpecError("relational fields are not supported in calculation filters")
    narrow = spec.formulas or any(c.filters for c in spec.calculations)
    if narrow and (filtered or grouped):
        raise SpecError(
            "relational fields are not supported when using formulas or "
            "calculation filters"
        )
    if spec.any_filter and filtered:
        raise SpecError("relational fields cannot be used with filter_combination OR")
    for prefix in grouped:
        _check_breakdown(prefix, filtered)


def _check_breakdown(prefix: str, filtered: list[str]) -> None:
    if prefix == "none":
        raise SpecError("none. is not supported in breakdowns")
    if prefix not in (*_FREE_IN_BREAKDOWNS, *filtered):
        raise SpecError(f"{prefix}. in breakdowns needs a filter with {prefix}.")


def _relations(names: Iterator[str], schema: Schema) -> Iterator[str]:
    for name in names:
        relation = relation_of(name, schema)
        if relation is not None:
            yield relation[0]
