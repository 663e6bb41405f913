"""What expressions read, and which steps of a pipeline anybody reads."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from lab_emulators.store.query.expr import (
    Call,
    Column,
    EventTime,
    Expr,
    Literal,
    Op,
    walk,
)
from lab_emulators.store.query.pipeline import (
    Aggregate,
    Dedup,
    Extend,
    Keep,
    Limit,
    Measure,
    Pipeline,
    Sort,
    Step,
)
from lab_emulators.store.query.render import JSON_READERS


@dataclass(frozen=True, slots=True)
class Reading:
    """What is read at once of a source column's JSON, in one way: a list of values."""

    reader: str
    document: str


@dataclass(frozen=True, slots=True)
class Json:
    """A value in a source column's JSON, maybe as a number: what calls alike share."""

    op: Op
    document: str
    pointers: tuple[str, ...]
    number: bool = False

    @property
    def reading(self) -> Reading:
        """What it is part of."""
        return Reading(JSON_READERS[self.op], self.document)


TIME = "\0time"
"""The atom of `EventTime`; columns go by their names."""

Atom = str | Json | Reading


def atom_of(expr: Expr, sources: Mapping[str, object]) -> Atom | None:
    """The atom `expr` is, or None where it is made of others."""
    if isinstance(expr, Column):
        return expr.key
    if isinstance(expr, EventTime):
        return TIME
    if isinstance(expr, Call) and expr.op is Op.TO_NUMBER:
        inner = atom_of(expr.args[0], sources)
        return replace(inner, number=True) if isinstance(inner, Json) else None
    if isinstance(expr, Call) and expr.op in JSON_READERS:
        document, *places = expr.args
        if isinstance(document, Column) and document.key in sources:
            pointers = (str(p.value) for p in places if isinstance(p, Literal))
            return Json(expr.op, document.key, tuple(pointers))
    return None


def atoms_of(
    expressions: Iterable[Expr], sources: Mapping[str, object]
) -> Iterator[Atom]:
    """Every atom of `expressions`, some of them twice; SizeError where too large."""
    stack = list(expressions)
    for _ in walk(stack):
        pass
    seen: set[int] = set()
    while stack:
        node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        atom = atom_of(node, sources)
        if atom is not None:
            yield atom
        elif isinstance(node, Call):
            stack.extend(node.args)


@dataclass(frozen=True, slots=True)
class Lively:
    """A step without what nobody reads, and the atoms that are read after it."""

    step: Step
    after: frozenset[Atom]


def lively(pipeline: Pipeline) -> tuple[list[Lively], frozenset[Atom]]:
    """The steps, and the atoms that the first of them needs."""
    sources = pipeline.rows.columns
    needed = frozenset(atoms_of(pipeline.show.values(), sources))
    found: list[Lively] = []
    for step in reversed(pipeline.steps):
        lean = _without_dead(step, needed)
        found.append(Lively(lean, needed))
        made = frozenset(_made(lean))
        kept = frozenset[Atom]() if isinstance(lean, Aggregate) else needed - made
        needed = kept | frozenset(atoms_of(read_by(lean), sources))
    return found[::-1], needed


def late(pipeline: Pipeline) -> frozenset[Json]:
    """What to take out of the rows a limit leaves, rather than of all of them.

    That is what no step reads, of documents that are kept to the end anyway.
    """
    sources, steps = pipeline.rows.columns, pipeline.steps
    if not any(isinstance(step, Limit) for step in steps):
        return frozenset()
    shown = set(atoms_of(pipeline.show.values(), sources))
    read = {a for step in steps for a in atoms_of(read_by(step), sources)}
    return frozenset(
        atom
        for atom in shown - read
        if isinstance(atom, Json) and atom.document in shown
    )


def _without_dead(step: Step, needed: frozenset[Atom]) -> Step:
    if isinstance(step, Extend):
        return Extend({k: v for k, v in step.values.items() if k in needed})
    if isinstance(step, Aggregate):
        read = {k: m for k, m in step.measures.items() if k in needed}
        return replace(step, measures=read)
    return step


def _made(step: Step) -> Iterable[str]:
    if isinstance(step, Extend):
        return step.values
    if isinstance(step, Aggregate):
        return [*step.keys, *step.measures]
    return ()


def read_by(step: Step) -> Iterator[Expr]:
    """The expressions a step computes."""
    match step:
        case Extend(values):
            yield from values.values()
        case Keep(condition):
            yield condition
        case Aggregate(keys, measures):
            yield from keys.values()
            for measure in measures.values():
                yield from inputs(measure)
        case Sort(by):
            yield from (one.value for one in by)
        case Dedup(keys):
            yield from keys
        case Limit():
            pass


def inputs(measure: Measure) -> Iterator[Expr]:
    """The expressions a measure reads."""
    if measure.value is not None:
        yield measure.value
    yield from measure.order
