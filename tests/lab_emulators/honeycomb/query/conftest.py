"""A store to ask, and a slow, obvious evaluator to compare its answers with."""

import itertools
import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lab_emulators.honeycomb.languages.calculated_field.nodes import (
    Constant,
    FieldExpression,
)
from lab_emulators.honeycomb.languages.calculated_field.parser import parse_expression
from lab_emulators.honeycomb.query import ResultOptions, Schema, parse_spec, run_query
from lab_emulators.lang.nodes import Field
from lab_emulators.store import Batch, Row, Store

NS = 10**9
START = 1_700_000_040
SECONDS = 60
NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
Values = dict[str, Any]


class Lab:
    """Datasets in a store, and questions about them between START and +60 s."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.datasets: dict[str, list[Row]] = {}
        self.names = (f"d{number}" for number in itertools.count())

    def write(self, *events: Values, dataset: str | None = None) -> str:
        """Store events; `at` is seconds after START, `rate` the sample rate."""
        name = dataset or next(self.names)
        rows = [self.row(**event) for event in events]
        if rows:
            self.store.append([Batch.from_rows(name, name, rows)])
        self.datasets.setdefault(name, []).extend(rows)
        return name

    @staticmethod
    def row(at: float = 0.0, rate: int = 1, **values: Any) -> Row:
        values = {key.replace("__", "."): v for key, v in values.items()}
        given = {key: v for key, v in values.items() if v is not None}
        return Row(START * NS + round(at * NS), rate, given)

    def ask(
        self,
        spec: Values,
        *datasets: str,
        calculated: Mapping[str, str] | None = None,
        **options: Any,
    ) -> Values:
        """The `data` of a result over the datasets, all of them if none is named."""
        window = {"start_time": START, "end_time": START + SECONDS}
        if spec.keys() & {"time_range", "start_time", "end_time"}:
            window = {}
        names = list(datasets or self.datasets)
        chosen = {"disable_series": True} | options
        now = options.pop("now_ns", START * NS)
        chosen.pop("now_ns", None)
        with self.store.reader() as reader:
            infos = [reader.table(name) for name in names]
            schema = Schema.of([info for info in infos if info], calculated)
            checked = parse_spec(spec | window, schema)
            return run_query(
                checked,
                reader,
                names,
                calculated or {},
                now_ns=now,
                options=ResultOptions(**chosen),
            )

    def rows(self, spec: Values, *datasets: str, **options: Any) -> list[Values]:
        """The `data` of every result row."""
        return [r["data"] for r in self.ask(spec, *datasets, **options)["results"]]

    def values(self, expression: str, *events: Values) -> list[Any]:
        """What a calculated field is in each event, None where it is absent."""
        name = self.write(*({"n": i} | event for i, event in enumerate(events)))
        spec = {
            "calculated_fields": [{"name": "it", "expression": expression}],
            "breakdowns": ["n", "it"],
            "orders": [{"column": "n"}],
        }
        found = self.rows(spec, name)
        assert [row["n"] for row in found] == list(range(len(events)))
        return [row.get("it") for row in found]


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder: Path = tmp_path_factory.mktemp("query")
    opened = Store.open(folder / "events.duckdb")
    yield opened
    opened.close()


@pytest.fixture
def lab(store: Store) -> Iterator[Lab]:
    lab = Lab(store)
    lab.names = (f"d{number}" for number in itertools.count(len(store.tables())))
    yield lab
    for name in lab.datasets:
        if store.table(name):
            store.delete_table(name)


# --- the obvious evaluator -----------------------------------------------------


def words(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


def number(value: Any) -> float | None:
    if isinstance(value, str):
        return float(value) if NUMBER.fullmatch(value) else None
    return None if value is None or isinstance(value, bool) else value


def truth(value: Any) -> bool:
    if isinstance(value, str):
        return value == "true"
    return bool(value)


def family(value: Any) -> str:
    if isinstance(value, bool):
        return "flag"
    return "text" if isinstance(value, str) else "number"


def equal(one: Any, other: Any) -> bool:
    if one is None or other is None or family(one) != family(other):
        return False
    if isinstance(one, str):
        return bool(one.removesuffix("\n") == other.removesuffix("\n"))
    return bool(one == other)


def compared(op: str, one: Any, other: Any) -> bool:
    if one is None or other is None or family(one) != family(other):
        return False
    if family(one) == "flag":
        return False
    ways: dict[str, Callable[[Any, Any], bool]] = {
        "LT": lambda a, b: a < b,
        "LTE": lambda a, b: a <= b,
        "GT": lambda a, b: a > b,
        "GTE": lambda a, b: a >= b,
    }
    return ways[op](one, other)


def evaluate(node: FieldExpression, values: Values) -> Any:
    """A calculated field in one event, straight from its tree."""
    if isinstance(node, Field):
        return values.get(node.name)
    if isinstance(node, Constant):
        return node.value
    args = [evaluate(arg, values) for arg in node.args]
    return call(node.name, args)


def zero(value: Any) -> float:
    found = number(value)
    return 0.0 if found is None else float(found)


def call(name: str, args: list[Any]) -> Any:
    if name == "IF":
        pairs = zip(args[::2], args[1::2], strict=False)
        rest = args[-1] if len(args) % 2 else None
        return next((v for c, v in pairs if truth(c)), rest)
    if name == "SWITCH":
        pairs = zip(args[1::2], args[2::2], strict=False)
        rest = None if len(args) % 2 else args[-1]
        return next((v for k, v in pairs if equal(args[0], k)), rest)
    if name == "COALESCE":
        return next((a for a in args if a is not None), None)
    if name in ("LT", "LTE", "GT", "GTE"):
        return compared(name, *args)
    if name in ("EQUALS", "IN"):
        return any(equal(args[0], other) for other in args[1:])
    if name in ("MIN", "MAX"):
        given = [a for a in args if a is not None]
        alike = [a for a in given if family(a) == family(given[0])]
        return (min if name == "MIN" else max)(alike) if alike else None
    simple: dict[str, Callable[..., Any]] = {
        "EXISTS": lambda a: a is not None,
        "AND": lambda *a: all(map(truth, a)),
        "OR": lambda *a: any(map(truth, a)),
        "NOT": lambda a: not truth(a),
        "SUM": lambda *a: sum(map(zero, a)),
        "SUB": lambda a, b: zero(a) - zero(b),
        "MUL": lambda *a: math.prod(map(zero, a)),
        "DIV": lambda a, b: zero(a) / zero(b) if zero(b) else None,
        "MOD": lambda a, b: math.fmod(zero(a), zero(b)) if zero(b) else None,
        "INT": lambda a: int(zero(a)),
        "FLOAT": zero,
        "BOOL": truth,
        "STRING": lambda a: "" if a is None else words(a),
        "CONCAT": lambda *a: "".join(words(x) for x in a if x is not None),
        "STARTS_WITH": lambda a, b: both_text(a, b) and a.startswith(b),
        "ENDS_WITH": lambda a, b: both_text(a, b) and a.endswith(b),
        "CONTAINS": lambda a, b: both_text(a, b) and b in a,
        "LENGTH": lambda a: len(a) if isinstance(a, str) else None,
        "TO_LOWER": lambda a: a.lower() if isinstance(a, str) else None,
    }
    return simple[name](*args)


def both_text(one: Any, other: Any) -> bool:
    return isinstance(one, str) and isinstance(other, str)


POSITIVE = {
    "!=": "=",
    "not-in": "in",
    "does-not-exist": "exists",
    "does-not-contain": "contains",
    "does-not-start-with": "starts-with",
    "does-not-end-with": "ends-with",
}


def passes(filter_: Values, value: Any) -> bool:
    op, wanted = filter_["op"], filter_.get("value")
    if op in POSITIVE:
        return not passes(filter_ | {"op": POSITIVE[op]}, value)
    if value is None or op == "exists":
        return value is not None
    if op == "in":
        return any(passes({"op": "=", "value": w}, value) for w in wanted)
    if op in ("contains", "starts-with", "ends-with"):
        have, part = words(value), words(wanted)
        ways = {
            "contains": part in have,
            "starts-with": have.startswith(part),
            "ends-with": have.endswith(part),
        }
        return ways[op]
    wanted = as_type(wanted, family(value))
    if wanted is None:
        return False
    if op == "=":
        return equal(value, wanted)
    names = {"<": "LT", "<=": "LTE", ">": "GT", ">=": "GTE"}
    return compared(names[op], value, wanted)


def as_type(value: Any, kind: str) -> Any:
    if kind == "text":
        return words(value)
    if kind == "number":
        return number(value)
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value)
    return value if isinstance(value, bool) else None


def quantile(pairs: Sequence[tuple[float, int]], point: float) -> float:
    """Each value repeated by its weight, then linear interpolation at p·(n−1)."""
    spread = sorted(v for v, w in pairs for _ in range(w))
    place = point * (len(spread) - 1)
    low, high = spread[math.floor(place)], spread[math.ceil(place)]
    return low + (high - low) * (place - math.floor(place))


def peak(rows: Sequence[Row], start: float, end: float) -> int:
    """Most weight in progress at any start of a span, or at `start` itself."""
    spans = [
        (r.time_ns, r.time_ns + max(1, round(d * 1e6)), r.sample_rate)
        for r in rows
        if (d := number(r.values.get("duration_ms"))) is not None
    ]
    moments = [s for s, _, _ in spans if start <= s < end]
    moments += [start] if start > -math.inf else []
    return max(sum(w for s, e, w in spans if s <= m < e) for m in moments)


class Reference:
    """Answers a specification by looping over rows."""

    def __init__(self, spec: Values, rows: Sequence[Row]) -> None:
        self.spec = spec
        self.trees = {
            f["name"]: parse_expression(f["expression"])
            for f in spec.get("calculated_fields", [])
        }
        filters = spec.get("filters", [])
        way = any if spec.get("filter_combination") == "OR" and filters else all
        self.rows = [
            row
            for row in rows
            if START * NS <= row.time_ns < (START + SECONDS) * NS
            and way(passes(f, self.value(f["column"], row)) for f in filters)
        ]

    def value(self, name: str, row: Row) -> Any:
        if name in self.trees:
            return evaluate(self.trees[name], row.values)
        return row.values.get(name)

    def weight(self, row: Row) -> int:
        return 1 if self.spec.get("usage_mode") else row.sample_rate

    def groups(self) -> list[tuple[Values, list[Row]]]:
        """Groups in the order of the result, before having and limit."""
        names = self.spec.get("breakdowns", [])
        found: dict[Any, tuple[Values, list[Row]]] = {}
        if not names:
            return [({}, self.rows)]
        for row in self.rows:
            values = {n: self.value(n, row) for n in names}
            key = tuple((v is None or family(v), v) for v in values.values())
            given = {n: v for n, v in values.items() if v is not None}
            found.setdefault(key, (given, []))[1].append(row)
        return list(found.values())

    def aggregates(
        self, rows: Sequence[Row], start: float = -math.inf, end: float = math.inf
    ) -> Values:
        """`rows` in one group; for a step, those of CONCURRENCY may start before."""
        inside = [r for r in rows if start <= r.time_ns < end]
        data = {}
        for calc in self.spec.get("calculations", [{"op": "COUNT"}]):
            chosen = [r for r in inside if self.chosen(calc, r)]
            if calc["op"] == "CONCURRENCY":
                chosen = [r for r in rows if self.chosen(calc, r)]
                known = [
                    r for r in chosen if number(r.values.get("duration_ms")) is not None
                ]
                value = peak(self.weighted(known), start, end) if known else None
            else:
                value = self.aggregate(calc, chosen)
            if value is not None:
                data[alias(calc)] = value
        for formula in self.spec.get("formulas", []):
            value = evaluate(parse_expression(formula["expression"]), data)
            if value is not None:
                data[formula["name"]] = value
        return data

    def weighted(self, rows: Sequence[Row]) -> list[Row]:
        return [Row(r.time_ns, self.weight(r), r.values) for r in rows]

    def chosen(self, calc: Values, row: Row) -> bool:
        filters = calc.get("filters", [])
        way = any if calc.get("filter_combination") == "OR" and filters else all
        return way(passes(f, self.value(f["column"], row)) for f in filters)

    def aggregate(self, calc: Values, rows: Sequence[Row]) -> Any:
        op, column = calc["op"], calc.get("column")
        if column is None:
            return sum(self.weight(r) for r in rows)
        values = [(self.value(column, r), self.weight(r)) for r in rows]
        given = [(v, w) for v, w in values if v is not None]
        if op == "COUNT":
            return sum(w for _, w in given)
        if op == "COUNT_DISTINCT":
            return len({(family(v), v) for v, _ in given})
        pairs = [(n, w) for v, w in given if (n := number(v)) is not None]
        if not pairs:
            return None
        if op in ("MIN", "MAX"):
            return (min if op == "MIN" else max)(v for v, _ in pairs)
        if op in ("SUM", "AVG"):
            total = sum(v * w for v, w in pairs)
            return total if op == "SUM" else total / sum(w for _, w in pairs)
        return quantile(pairs, float(f"0.{op[1:]}") if op != "P001" else 0.001)

    def answer(self, limit: int = 1000) -> Values:
        """results, total and other of a result."""
        groups = [(key, self.aggregates(rows), rows) for key, rows in self.groups()]
        kept = [
            g
            for g in groups
            if all(self.having(h, g[1]) for h in self.spec.get("havings", []))
        ]
        kept.sort(
            key=lambda g: [
                sort_key(g[0].get(n)) for n in self.spec.get("breakdowns", [])
            ]
        )
        for order in reversed(self.orders()):
            target, down = order
            kept.sort(key=lambda g: ordering((g[0] | g[1]).get(target), down=down))
        rest = [row for _, _, rows in kept[limit:] for row in rows]
        return {
            "results": [key | data for key, data, _ in kept[:limit]],
            "total": self.aggregates(self.rows),
            "other": self.aggregates(rest),
            "kept": [(key, rows) for key, _, rows in kept[:limit]],
        }

    def orders(self) -> list[tuple[str, bool]]:
        calcs = self.spec.get("calculations", [{"op": "COUNT"}])
        orders = [
            (alias(o) if "op" in o else o["column"], o.get("order") == "descending")
            for o in self.spec.get("orders", [])
        ]
        return orders or [(alias(calcs[0]), True)]

    def having(self, having: Values, data: Values) -> bool:
        target = (
            having["column"]
            if "calculate_op" not in having
            else alias({"op": having["calculate_op"], "column": having.get("column")})
        )
        value, wanted = data.get(target), having["value"]
        if value is None or family(value) != "number":
            return False
        ways = {
            "=": value == wanted,
            "!=": value != wanted,
            "<": value < wanted,
            "<=": value <= wanted,
            ">": value > wanted,
            ">=": value >= wanted,
        }
        return ways[having["op"]]

    def series(self, step: int, limit: int = 1000) -> list[tuple[str, Values]]:
        """(time, data) for every step and group; empty steps have counts of 0."""
        found = []
        first = START // step * step
        for at in range(first, START + SECONDS, step):
            time = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            for key, rows in self.answer(limit)["kept"]:
                data = self.aggregates(rows, at * NS, (at + step) * NS)
                found.append((time, key | data))
        return found


def alias(calc: Values) -> str:
    if calc.get("name"):
        return str(calc["name"])
    return f"{calc['op']}({calc['column']})" if calc.get("column") else calc["op"]


def sort_key(value: Any) -> tuple[Any, ...]:
    """Numbers, then text, then flags, then what is absent; each in its order."""
    if value is None:
        return (3,)
    return (("number", "text", "flag").index(family(value)), value)


def ordering(value: Any, *, down: bool) -> tuple[Any, ...]:
    """Like `sort_key`, values of one family down if asked, absent last."""
    if value is None or not down:
        return sort_key(value)
    if isinstance(value, str):
        return (1, [-ord(c) for c in value] + [1])
    return (0 if family(value) == "number" else 2, -value)


def union(datasets: Sequence[Sequence[Row]]) -> list[Row]:
    """Rows of several datasets: a column whose types differ is read as text."""
    kinds = defaultdict(set)
    for rows in datasets:
        for row in rows:
            for key, value in row.values.items():
                kinds[key].add(family(value))
    mixed = {key for key, families in kinds.items() if len(families) > 1}
    return [
        Row(
            r.time_ns,
            r.sample_rate,
            {k: words(v) if k in mixed else v for k, v in r.values.items()},
        )
        for rows in datasets
        for r in rows
    ]


@pytest.fixture(scope="session")
def reference() -> type[Reference]:
    return Reference


@pytest.fixture(scope="session")
def union_of() -> Callable[[Sequence[Sequence[Row]]], list[Row]]:
    return union
