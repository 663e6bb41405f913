"""Sentence of a waterfall: how long, most of it in what, and what is odd."""

from collections.abc import Sequence

from lab_helpers.analysis import words
from lab_helpers.analysis.faults import FaultKind
from lab_helpers.analysis.trace_tree import Node, TraceTree


def describe(tree: TraceTree) -> str:
    """Describes a waterfall in one sentence or two; the duration has two figures."""
    if not tree.nodes:
        return "Waterfall of a trace without any spans."
    parts = [
        f"Waterfall of {words.plural(len(tree.nodes), 'span')} in "
        f"{words.plural(len(tree.services), 'service')}: {_time(tree)}."
    ]
    failed = [node for node in tree.nodes if node.failed]
    if failed:
        parts.append(f"{words.plural(len(failed), 'span')} failed: {_named(failed)}.")
    refused = [node for node in tree.nodes if node.client_error]
    if refused:
        codes = ", ".join(dict.fromkeys(str(node.status_code) for node in refused))
        parts.append(f"A visitor's error ({codes}): {_named(refused)}.")
    orphans = sum(node.orphan for node in tree.nodes)
    if orphans:
        whose = "its parent" if orphans == 1 else "their parents"
        parts.append(f"{words.plural(orphans, 'span')} without {whose}.")
    skewed = [f for f in tree.findings if f.kind is FaultKind.CLOCK_SKEW]
    if skewed:
        parts.append(f"{words.plural(len(skewed), 'span')} with clock skew.")
    return " ".join(parts)


def _time(tree: TraceTree) -> str:
    """How long the trace takes, and which of its several spans take most of that."""
    top, took = tree.roots[0], words.about(tree.duration_ms, figures=2)
    # Beside other roots, or with a child that outlives it, the top is not the whole.
    whole = top.duration_ms >= 0.99 * tree.duration_ms
    said = f"{top.name} takes about {took}" if whole else f"{took} from first to last"
    if len(tree.nodes) == 1:
        return said
    name, service, own_ms = _longest(tree)
    part = "most of it" if own_ms > tree.duration_ms / 2 else "the longest part"
    return f"{said}, {part} in {name} ({service})"


def _longest(tree: TraceTree) -> tuple[str, str, float]:
    """The name and service whose spans have most time of their own, and how much."""
    own: dict[tuple[str, str], float] = {}
    for node in tree.nodes:
        key = (node.name, node.service)
        own[key] = own.get(key, 0.0) + node.self_ms
    (name, service), ms = max(own.items(), key=lambda item: item[1])
    return name, service, ms


def _named(nodes: Sequence[Node]) -> str:
    return ", ".join(list(dict.fromkeys(node.name for node in nodes))[:3])
