"""The spans of a trace as a list to click on: static HTML, without any script."""

import html
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from lab_helpers.analysis import words
from lab_helpers.analysis.trace_tree import MS, Annotation, Node, TraceTree
from lab_helpers.plots.labels import elide
from lab_helpers.plots.waterfall import marks

STYLE = (
    "<style>"
    "figure.lab-spans ul{list-style:none!important;margin:0;padding-left:1.2em}"
    "figure.lab-spans>ul{padding-left:0}"
    ".lab-spans summary{cursor:pointer;overflow-wrap:anywhere}"
    "figure.lab-spans dl dt{float:none;width:auto;font-weight:normal}"
    "figure.lab-spans dl dd{float:none;width:auto}"
    ".lab-spans dl{display:grid;grid-template-columns:max-content 1fr;"
    "gap:.1em 1em;margin:.2em 0 .8em 1.2em}"
    ".lab-spans dd{margin:0;overflow-wrap:anywhere;white-space:pre-wrap}"
    "@media(max-width:600px){.lab-spans dl{display:block}"
    ".lab-spans dd{margin:0 0 .4em 1em}}"
    "</style>"
)
"""Layout only: without it, as on GitHub, the list is longer and as readable."""

Field = tuple[str, str]
"""The name of a field and its value in HTML."""


@dataclass(frozen=True, slots=True, repr=False)
class SpanDetails:
    """The tree of a trace, in which a click on a span unfolds all it carries."""

    tree: TraceTree
    most: int

    def _repr_html_(self) -> str:
        shown = self.tree.nodes[: self.most]
        more = len(self.tree.nodes) - len(shown)
        rest = f"<p>{words.plural(more, 'more span')} not shown.</p>" if more else ""
        caption = html.escape(f"{self._head()}. Click on a span to see its fields.")
        return (
            f'<figure class="lab-spans" style="margin:0">{STYLE}'
            f"{''.join(_items(self.tree, shown))}{rest}"
            f"<figcaption>{caption}</figcaption></figure>"
        )

    def __repr__(self) -> str:
        names = dict.fromkeys(elide(node.name, 40) for node in self.tree.nodes)
        listed = f": {', '.join(list(names)[:6])}" if names else ""
        return f"{self._head()}{listed}."

    def _head(self) -> str:
        spans = words.plural(len(self.tree.nodes), "span")
        return (
            f"Fields of {spans} in {words.plural(len(self.tree.services), 'service')}"
        )


def span_details(trace: TraceTree | pd.DataFrame, *, most: int = 100) -> SpanDetails:
    """The spans of a trace tree, or of the frame of `client.trace()`, to click on.

    The list nests as the spans do. Each unfolds to its ids, its parent, its duration
    and self time, its status, its attributes and its events. At most `most` spans are
    shown, and a line says how many more there are.
    """
    tree = trace if isinstance(trace, TraceTree) else TraceTree.from_frame(trace)
    return SpanDetails(tree, most)


def _items(tree: TraceTree, nodes: tuple[Node, ...]) -> Iterator[str]:
    # The nodes come depth first. Before each, close the items and lists that end here;
    # a node deeper than the one before opens the list of that one's children.
    depth = -1
    for node in nodes:
        opened = node.depth > depth
        yield "<ul>" if opened else "</li>" + "</ul></li>" * (depth - node.depth)
        yield f"<li><details><summary>{_summary(tree, node)}</summary>"
        yield f"{_list(_fields(tree, node))}</details>"
        depth = node.depth
    yield "</li></ul>" * (depth + 1)


def _summary(tree: TraceTree, node: Node) -> str:
    name = html.escape(node.name or node.kind or "(no name)")
    service = html.escape(node.service or "(no service)")
    trouble = "".join(f" · {html.escape(mark)}" for mark in marks(tree, node))
    return f"<b>{name}</b> · {service} · {_time(node.duration_ms)}{trouble}"


def _fields(tree: TraceTree, node: Node) -> Iterator[Field]:
    yield "trace id", _code(tree.trace_id)
    yield "span id", _code(node.span_id)
    yield "parent", _parent(tree, node)
    yield "service", _code(node.service)
    yield "kind", _code(node.kind)
    yield "status", _code(node.status)
    begin = (node.start_ns - tree.start_ns) / MS
    yield "start", f"{_time(begin)} after the trace began"
    yield "duration", _time(node.duration_ms)
    yield "self time", _time(node.self_ms)
    yield from _attributes(node.attributes)
    for note in node.annotations:
        yield _annotation(tree, note)


def _parent(tree: TraceTree, node: Node) -> str:
    if node.parent_id is None:
        return "none, this is a root"
    if node.parent is None:
        return f"{_code(node.parent_id)}, not in this trace"
    name = tree.node(node.parent).name
    return f"{_code(node.parent_id)} ({html.escape(name)})"


def _annotation(tree: TraceTree, note: Annotation) -> Field:
    """An event or a link with its time, its attributes in a list of their own."""
    kind = "event" if note.kind == "span_event" else "link"
    at = _time((note.start_ns - tree.start_ns) / MS)
    return (
        f"{kind} {note.name}".rstrip(),
        f"at {at}{_list(_attributes(note.attributes))}",
    )


def _attributes(attributes: Mapping[str, object]) -> Iterator[Field]:
    for name in sorted(attributes):
        yield name, _code(attributes[name])


def _list(fields: Iterator[Field]) -> str:
    rows = "".join(
        f"<dt>{html.escape(name)}</dt><dd>{value}</dd>" for name, value in fields
    )
    return f"<dl>{rows}</dl>" if rows else ""


def _code(value: object) -> str:
    """A value as it can be copied; of several lines, each on its own."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # a column of a frame in which some are missing
    return f"<code>{html.escape(str(value))}</code>".replace("\n", "&#10;")


def _time(ms: float) -> str:
    return f"<time>{words.duration(ms)}</time>"
