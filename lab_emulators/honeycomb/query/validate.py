"""Validation of query specifications: every rule, with its text.

Texts are those of Honeycomb's published Terraform validators where there is one.
Broken schema limits are 422, everything else is 400; see `SpecError`.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from lab_emulators.honeycomb.query import members
from lab_emulators.honeycomb.query.errors import SpecError, invalid
from lab_emulators.honeycomb.query.filters import FILTER_OPS
from lab_emulators.honeycomb.query.members import Document
from lab_emulators.honeycomb.query.names import check_names
from lab_emulators.honeycomb.query.schema import Schema
from lab_emulators.honeycomb.query.spec import (
    OPS,
    OPS_WITHOUT_COLUMN,
    Calculation,
    Expression,
    Filter,
    Having,
    Order,
    Plain,
    QuerySpec,
)
from lab_emulators.honeycomb.query.window import DEFAULT_RANGE, span_of

METRICS_OPS = ("COUNT_DATAPOINTS", "HISTOGRAM_COUNT")
HAVING_OPS = tuple(op for op in OPS if op != "HEATMAP")
COMPARE_OFFSETS = (
    *(1800, 3600, 7200, 28_800),
    *(86_400, 604_800, 2_419_200, 15_724_800),
)
_MEMBERS = (
    "breakdowns",
    "calculations",
    "filters",
    "filter_combination",
    "calculated_fields",
    "formulas",
    "orders",
    "havings",
    "limit",
    "granularity",
    "time_range",
    "start_time",
    "end_time",
    "compare_time_offset_seconds",
    "usage_mode",
)
_INSIDE = {
    "calculations": ("op", "column", "name", "filters", "filter_combination"),
    "filters": ("column", "op", "value"),
    "calculated_fields": ("name", "expression"),
    "formulas": ("name", "expression"),
    "orders": ("column", "op", "order"),
    "havings": ("calculate_op", "column", "op", "value"),
}
_COMBINATIONS = ("AND", "OR")
_ORDERS = ("ascending", "descending")
_NO_MATCH = "missing matching calculation, formula, or breakdown"


def parse_spec(document: object, schema: Schema) -> QuerySpec:
    """Checks `document`; raises `SpecError` (400 or 422) for the first mistake."""
    if not isinstance(document, Mapping):
        raise SpecError("invalid Query data")
    members.check_text(dict(document))
    calculations = tuple(
        _calculation(at, entry)
        for at, entry in members.objects(document, "calculations")
    )
    calculations = calculations or (Calculation("COUNT"),)
    breakdowns = tuple(members.texts(document, "breakdowns"))
    formulas = _expressions(document, "formulas")
    targets = [*(c.alias for c in calculations), *(f.name for f in formulas)]
    spec = QuerySpec(
        breakdowns=tuple(dict.fromkeys(breakdowns)),
        calculations=calculations,
        filters=_filters(document, ""),
        any_filter=_is_any(document, ""),
        calculated_fields=_expressions(document, "calculated_fields"),
        formulas=formulas,
        orders=tuple(
            _order(at, entry, calculations, [*targets, *breakdowns])
            for at, entry in members.objects(document, "orders")
        ),
        havings=tuple(
            _having(at, entry, calculations, targets)
            for at, entry in members.objects(document, "havings")
        ),
        limit=members.integer(document, "limit", least=1, most=1000),
        granularity=members.integer(document, "granularity") or 0,
        time_range=_time_range(document),
        start_time=members.integer(document, "start_time"),
        end_time=members.integer(document, "end_time"),
        usage_mode=members.boolean(document, "usage_mode"),
        text=_normalized(document),  # last: by now every entry is an object
    )
    _check_times(spec, members.integer(document, "compare_time_offset_seconds"))
    _check_together(spec)
    check_names(spec, schema)
    return spec


def _calculation(at: str, entry: Document) -> Calculation:
    op = _calculation_op(entry, "op", at, OPS)
    column = members.text(entry, "column", at)
    _check_column(op, column)
    calculation = Calculation(
        op,
        column,
        members.text(entry, "name", at),
        _filters(entry, f"{at}."),
        _is_any(entry, at),
    )
    if calculation.filters and calculation.name is None:
        raise SpecError("name is required when using calculation filters")
    return calculation


def _calculation_op(
    entry: Document, name: str, at: str, choices: tuple[str, ...]
) -> str:
    op = members.required(entry.get(name), f"{at}.{name}")
    if op in METRICS_OPS:
        raise SpecError(f"{op} is for metrics datasets, which are not emulated")
    return str(members.one_of(entry, name, at, choices))


def _check_column(op: str, column: str | None) -> None:
    if op == "CONCURRENCY" and column is not None:
        raise SpecError("CONCURRENCY should not have an accompanying column")
    if column is None and op not in OPS_WITHOUT_COLUMN:
        raise SpecError(f"{op} requires a column")


def _is_any(document: Document, at: str) -> bool:
    name = "filter_combination"
    return members.one_of(document, name, at, _COMBINATIONS) == "OR"


def _filters(document: Document, under: str) -> tuple[Filter, ...]:
    entries = members.objects(document, "filters")
    return tuple(_filter(under + at, entry) for at, entry in entries)


def _filter(at: str, entry: Document) -> Filter:
    column = members.text(entry, "column", at)
    members.required(entry.get("op"), f"{at}.op")
    op = str(members.one_of(entry, "op", at, FILTER_OPS))
    return Filter(
        members.required(column, f"{at}.column"), op, _filter_value(at, op, entry)
    )


def _filter_value(
    at: str, op: str, entry: Document
) -> Plain | tuple[Plain, ...] | None:
    value = entry.get("value")
    if op in ("exists", "does-not-exist"):
        if value is not None:
            raise SpecError(f"{op} does not take a value")
        return None
    if value is None:
        raise SpecError(f"operator {op} requires a value")
    if op in ("in", "not-in"):
        if not isinstance(value, list) or not all(map(members.is_plain, value)):
            raise invalid(f"{at}.value", "must be a list of values", "incorrect_type")
        return tuple(value)
    if not members.is_plain(value):
        description = "must be a string, number or boolean"
        raise invalid(f"{at}.value", description, "incorrect_type")
    return value


def _expressions(document: Document, name: str) -> tuple[Expression, ...]:
    entries = []
    for at, entry in members.objects(document, name):
        title = members.required(members.text(entry, "name", at), f"{at}.name")
        code = members.text(entry, "expression", at)
        entries.append(Expression(title, members.required(code, f"{at}.expression")))
    return tuple(entries)


def _order(
    at: str, entry: Document, calculations: Iterable[Calculation], names: list[str]
) -> Order:
    descending = members.one_of(entry, "order", at, _ORDERS) == "descending"
    column = members.text(entry, "column", at)
    if entry.get("op") not in (None, ""):
        op = _calculation_op(entry, "op", at, OPS)
        if op == "HEATMAP":
            raise SpecError("cannot order by HEATMAP")
        target = _matching(op, column, calculations)
    else:
        target = column if column in names else None
        if any(c.op == "HEATMAP" and c.alias == target for c in calculations):
            raise SpecError("cannot order by HEATMAP")
    if target is None:
        raise SpecError(_NO_MATCH)
    return Order(target, descending)


def _having(
    at: str, entry: Document, calculations: Iterable[Calculation], names: list[str]
) -> Having:
    members.required(entry.get("op"), f"{at}.op")
    op = str(members.one_of(entry, "op", at, ("=", "!=", ">", ">=", "<", "<=")))
    value = members.number(entry, "value", at)
    column = members.text(entry, "column", at)
    if entry.get("calculate_op") in (None, ""):
        if column is None:
            raise invalid(f"{at}.calculate_op", "cannot be blank", "missing")
        target, matching_op = (column if column in names else None), column
    else:
        matching_op = _calculation_op(entry, "calculate_op", at, HAVING_OPS)
        _check_column(matching_op, column)
        target = _matching(matching_op, column, calculations)
    if target is None:
        raise SpecError(f"{matching_op} missing matching calculation")
    return Having(target, op, value)


def _matching(
    op: str, column: str | None, calculations: Iterable[Calculation]
) -> str | None:
    """The alias of the calculation with that op and column."""
    same = (c.alias for c in calculations if (c.op, c.column) == (op, column))
    return next(same, None)


def _time_range(document: Document) -> int | None:
    """The range in seconds, or two hours where no time is named at all."""
    seconds = members.integer(document, "time_range", least=1)
    other = (document.get("start_time"), document.get("end_time"))
    return DEFAULT_RANGE if seconds is None and other == (None, None) else seconds


def _check_times(spec: QuerySpec, compare: int | None) -> None:
    times = (spec.time_range, spec.start_time, spec.end_time)
    if None not in times:
        raise SpecError("specify at most two of time_range, start_time and end_time")
    span = span_of(spec)
    if span < 0:
        raise SpecError("start_time must be before end_time")
    if spec.granularity > span:
        raise SpecError("granularity can not be greater than time_range")
    if spec.granularity and spec.granularity * 1000 < span:
        raise SpecError("granularity can not be less than time_range/1000")
    if compare and compare not in (*COMPARE_OFFSETS, span):
        raise SpecError("compare_time_offset is an invalid value")
    if compare and compare < span:
        raise SpecError(
            "compare_time_offset must be greater than the queries time range"
        )


def _check_together(spec: QuerySpec) -> None:
    """Rules about names and about what cannot be combined."""
    names = [c.name for c in spec.calculations if c.name is not None]
    unnamed = [c.alias for c in spec.calculations if c.name is None]
    result_names = [*names, *(f.name for f in spec.formulas)]
    _check_unique(result_names, [*unnamed, *spec.breakdowns])
    _check_unique([f.name for f in spec.calculated_fields], ())
    if spec.formulas and any(c.op == "HEATMAP" for c in spec.calculations):
        raise SpecError("HEATMAP calculations cannot be used with formulas")


def _check_unique(names: list[str], others: Iterable[str]) -> None:
    """Refuses a name twice, or one that would hide another key of the results."""
    if len({*names, *others}) < len(names) + len(set(others)):
        raise SpecError("duplicate name")


def _normalized(document: Document) -> str:
    """The specification as echoed, in one spelling: JSON with sorted keys."""
    echo = {name: document[name] for name in _MEMBERS if document.get(name) is not None}
    echo = {name: _known_members(name, value) for name, value in echo.items()}
    if echo.get("filter_combination") == "AND":
        del echo["filter_combination"]
    if not echo.get("calculations"):
        echo["calculations"] = [{"op": "COUNT"}]
    if not echo.keys() & {"time_range", "start_time", "end_time"}:
        echo["time_range"] = DEFAULT_RANGE
    return json.dumps(echo, sort_keys=True)


def _known_members(name: str, value: Any) -> Any:
    """Entries of a list without nulls, unknown members and defaults."""
    if name not in _INSIDE:
        return value
    return [_entry(name, entry) for entry in value]


def _entry(name: str, entry: Document) -> dict[str, Any]:
    stated = {key: entry[key] for key in _INSIDE[name] if entry.get(key) is not None}
    if stated.get("order") == "ascending":
        del stated["order"]
    if stated.get("filter_combination") == "AND":
        del stated["filter_combination"]
    if name == "calculations" and "filters" in stated:
        stated["filters"] = _known_members("filters", stated["filters"])
    return stated
