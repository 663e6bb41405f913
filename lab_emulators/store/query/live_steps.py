"""Live-variable analysis: the values that each step of a pipeline must hand on.

Going backward from what is shown, a value is live after a step if a later step reads
it. So every stage selects just what is still needed, and a computed column or measure
that nobody reads is never computed.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum

from lab_emulators.store.query.expr import (
    Call,
    Cell,
    Column,
    EventTime,
    Expr,
    Literal,
    Op,
    SampleRate,
    walk,
)
from lab_emulators.store.query.pipeline import (
    STEPPED,
    Aggregate,
    Dedup,
    Extend,
    Fold,
    Keep,
    Limit,
    Lookup,
    Pipeline,
    Rollup,
    Sort,
    Step,
)
from lab_emulators.store.query.render import JSON_READERS


class RowPart(Enum):
    """The atoms of a row that are no columns of its table's schema.

    The last two are of the stage that filters by a costly condition.
    """

    TIME = "time"
    SAMPLE_RATE = "sample rate"
    KEPT = "kept"
    BARRIER = "barrier"


@dataclass(frozen=True, slots=True)
class Reading:
    """All values read at once from a source column's JSON, in one way: a list."""

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
        """The list this value is part of."""
        return Reading(JSON_READERS[self.op], self.document)


@dataclass(frozen=True, slots=True)
class Partner:
    """A column, or the time, of the partner row that a `Lookup` of that name found."""

    lookup: str
    part: str | RowPart


Atom = str | RowPart | Partner | Json | Reading
"""A value that stages hand on; columns go by their names."""


def cell_atom(node: Cell) -> Atom:
    """The atom of what is read of a row or of its partner."""
    if isinstance(node, SampleRate):
        return RowPart.SAMPLE_RATE
    part = node.key if isinstance(node, Column) else RowPart.TIME
    return Partner(node.scope, part) if node.scope else part


def atom_of(expr: Expr, sources: Mapping[str, object]) -> Atom | None:
    """The atom `expr` is, or None where it is made of others."""
    if isinstance(expr, Cell):
        return cell_atom(expr)
    if isinstance(expr, Call) and expr.op is Op.TO_NUMBER:
        inner = atom_of(expr.args[0], sources)
        return replace(inner, number=True) if isinstance(inner, Json) else None
    if isinstance(expr, Call) and expr.op in JSON_READERS:
        document, *paths = expr.args
        if isinstance(document, Column) and document.key in sources:
            pointers = (str(p.value) for p in paths if isinstance(p, Literal))
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
class LiveStep:
    """A step without what nobody reads, and the atoms that are read after it."""

    step: Step
    after: frozenset[Atom]


def live_steps(pipeline: Pipeline) -> tuple[list[LiveStep], frozenset[Atom]]:
    """The steps, and the atoms that the first of them needs."""
    sources = pipeline.rows.columns
    needed = frozenset(atoms_of(pipeline.show.values(), sources))
    steps: list[LiveStep] = []
    for step in reversed(pipeline.steps):
        live = _without_dead(step, needed)
        steps.append(LiveStep(live, needed))
        # live before = (live after - what the step makes) + what it reads
        unchanged = frozenset(_handed_on(live, needed))
        needed = unchanged | frozenset(atoms_of(read_by(live), sources))
    return steps[::-1], needed


def deferred(pipeline: Pipeline) -> frozenset[Json]:
    """JSON values to take out of the rows a limit leaves, rather than of all of them.

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


def _handed_on(step: Step, needed: frozenset[Atom]) -> Iterable[Atom]:
    """The atoms of `needed` that a step leaves as they were before it."""
    if isinstance(step, Aggregate | Rollup):
        return ()
    if isinstance(step, Extend):
        return needed - step.values.keys()
    if isinstance(step, Lookup):
        return needed - partners(step.name, needed)
    return needed


def partners(lookup: str, atoms: Iterable[Atom]) -> set[Partner]:
    """The atoms that are of that lookup's partner."""
    return {a for a in atoms if isinstance(a, Partner) and a.lookup == lookup}


def read_by(step: Step) -> Iterator[Expr]:
    """The expressions over the rows before it that a step computes."""
    match step:
        case Extend(values):
            yield from values.values()
        case Keep(condition):
            yield condition
        case Lookup(on=pairs):
            yield from (row for row, _ in pairs)
        case Aggregate():
            yield from _aggregated(step)
        case Rollup(aggregate):
            yield from _aggregated(aggregate)
            if aggregate.times is not None:
                yield EventTime()
        case Sort(by):
            yield from (one.value for one in by)
        case Dedup(keys):
            yield from keys
        case Limit():
            pass


def _aggregated(step: Aggregate) -> Iterator[Expr]:
    yield from step.keys.values()
    for measure in step.measures.values():
        yield from measure.inputs
    if step.weighted:
        yield SampleRate()
    if any(m.fold in {*STEPPED, Fold.PEAK} for m in step.measures.values()):
        yield EventTime()
