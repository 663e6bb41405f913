"""Relational prefixes: which other span of the trace a `root.`… field looks at.

Partners are looked for in the datasets and the time window of the query, among spans
only. (Honeycomb documents the prefixes, not where it looks.)
"""

from collections.abc import Sequence

from lab_emulators.honeycomb.query.scope import RowScope, is_set
from lab_emulators.store import ColumnType
from lab_emulators.store.query import Expr, Lookup, Match, Op, absent, all_of, text

RELATIONS = ("root", "parent", "child", "any", "any2", "any3", "none")


def lookup(
    prefix: str, row: RowScope, partner: RowScope, conditions: Sequence[Expr]
) -> Lookup:
    """Look-up of a row's partner that fulfills all `conditions` of one prefix."""
    on = [_same(row.trace_id, partner.trace_id)]
    requirements = [partner.is_span, *conditions]
    if prefix == "root":
        requirements.append(partner.is_root)
    elif prefix == "parent":
        on.append(_same(row.parent_id, partner.span_id))
        requirements.append(is_set(partner.span_id))
    elif prefix == "child":
        on.append(_same(row.span_id, partner.parent_id))
        requirements.append(is_set(partner.parent_id))
    match = Match.SOME if conditions else Match.MAYBE
    if prefix == "none":
        match = Match.NONE
    return Lookup(prefix, tuple(on), all_of(requirements), match)


def _same(one: Expr | None, other: Expr | None) -> tuple[Expr, Expr]:
    """A pair to compare; ids of different types are compared as text."""
    one = one or absent(ColumnType.STRING)
    other = other or absent(ColumnType.STRING)
    if one.type is other.type:
        return one, other
    return text(Op.TO_TEXT, one), text(Op.TO_TEXT, other)
