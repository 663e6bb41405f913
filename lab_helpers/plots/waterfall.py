"""One trace as a waterfall: a bar per span, children below their parents."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from lab_helpers.analysis import words
from lab_helpers.analysis.faults import FaultKind
from lab_helpers.analysis.trace_tree import (
    MS,
    Annotation,
    Node,
    TraceTree,
    short_id,
)
from lab_helpers.plots.labels import elide, width
from lab_helpers.plots.picture import Picture
from lab_helpers.plots.theme import (
    HATCHES,
    SIZE,
    SMALL,
    Theme,
    ThemeName,
    blank,
    dress,
    say,
    theme_of,
)
from lab_helpers.plots.waterfall_sentence import describe

ROW = 0.34
NAME_WIDTH = 40
ROOM = 1.25
"""Least width of the axes over that of the trace: room for labels at the right."""

CHARACTER = 0.016
"""Width of a label's character, in parts of the trace's width."""

MOST_EVENTS = 4
"""Rows for the events of one span; if it has more, the last row holds the rest."""

Row = tuple[Node, tuple[Annotation, ...]]
"""A row of the drawing: a span's bar, or if there are any, these events of it."""

WORDS = {
    FaultKind.CLOCK_SKEW: "clock skew",
    FaultKind.STARTS_BEFORE_PARENT: "starts early",
    FaultKind.CYCLE: "circular parents",
    FaultKind.DUPLICATE_ID: "id used twice",
    FaultKind.NEGATIVE_DURATION: "ends before it starts",
    FaultKind.ENDS_AFTER_PARENT: "outlives its parent",
}


def waterfall(
    trace: TraceTree | pd.DataFrame,
    *,
    title: str = "",
    most: int = 40,
    theme: ThemeName = "light",
    alt: str = "",
) -> Picture:
    """A waterfall of a trace tree, or of the frame that `client.trace()` returns.

    Bars have a color and a hatch per service; errors, orphans and clock skew are marked
    in words, and a 4xx as the visitor's error. Span events are diamonds with their
    names, below their span. At most `most` spans are drawn, and a line says how many
    more there are.
    """
    tree = trace if isinstance(trace, TraceTree) else TraceTree.from_frame(trace)
    look = theme_of(theme)
    rows = _rows(tree.nodes[:most])
    figure = blank(look, 10.5, 1.7 + ROW * max(len(rows), 3))
    axes = figure.subplots()
    dress(axes, look, title or _title(tree), columns=56)
    if not rows:
        say(axes, look, "No spans in this trace")
        return Picture(figure, alt or describe(tree))
    _draw(axes, tree, rows, look)
    _axes(axes, tree, rows, look)
    _legend(figure, tree, look)
    return Picture(figure, alt or describe(tree))


def _title(tree: TraceTree) -> str:
    name = elide(tree.roots[0].name, 40) if tree.nodes else "Trace"
    trace = f" · trace {short_id(tree.trace_id)}" if tree.trace_id else ""
    return f"{name}{trace}"


def _style(tree: TraceTree, service: str, theme: Theme) -> tuple[str, str]:
    i = tree.services.index(service)
    again = i // len(theme.fills)
    return theme.fills[i % len(theme.fills)], HATCHES[(i + again) % len(HATCHES)]


def _ms(tree: TraceTree, ns: int) -> float:
    return (ns - tree.start_ns) / MS


def _rows(nodes: Sequence[Node]) -> list[Row]:
    """Each span, followed by its events."""
    rows: list[Row] = []
    for node in nodes:
        rows.append((node, ()))
        single = node.events[: MOST_EVENTS - (len(node.events) > MOST_EVENTS)]
        rows += [(node, (event,)) for event in single]
        rest = node.events[len(single) :]
        rows += [(node, rest)] if rest else []
    return rows


def _draw(axes: Axes, tree: TraceTree, rows: Sequence[Row], theme: Theme) -> None:
    for at, (node, events) in enumerate(rows):
        if events:
            _events(axes, tree, events, at, theme)
        else:
            _bar(axes, tree, node, at, theme)
            _label(axes, tree, node, at, theme)


def _bar(axes: Axes, tree: TraceTree, node: Node, row: int, theme: Theme) -> None:
    color, hatch = _style(tree, node.service, theme)
    axes.barh(
        row,
        max(node.duration_ms, tree.duration_ms * 0.003),
        left=_ms(tree, node.start_ns),
        height=0.66,
        color=color,
        hatch=hatch,
        edgecolor=_ink(node, theme),
        linewidth=2.2 if node.failed or node.client_error else 0.8,
    )


def _ink(node: Node, theme: Theme) -> str:
    """Red for what failed; a color of its own for what the visitor did wrong."""
    if node.client_error:
        return theme.client_error
    return theme.alarm if node.failed else theme.ink


def _events(
    axes: Axes, tree: TraceTree, events: Sequence[Annotation], row: int, theme: Theme
) -> None:
    """A diamond for each event, filled if it is an exception, and when the last was."""
    for event in events:
        thrown = event.name == "exception"
        axes.plot(
            [_ms(tree, event.start_ns)],
            [row],
            marker="D",
            markersize=7,
            markerfacecolor=theme.ink if thrown else theme.background,
            markeredgecolor=theme.ink,
            zorder=4,
        )
    last = _ms(tree, events[-1].start_ns)
    at_left = last > tree.duration_ms
    axes.annotate(
        f"at {words.duration(last)}",
        (last, row),
        xytext=(-9 if at_left else 9, 0),
        textcoords="offset points",
        ha="right" if at_left else "left",
        va="center",
        fontsize=SMALL,
        color=theme.ink,
    )


def _label(axes: Axes, tree: TraceTree, node: Node, row: int, theme: Theme) -> None:
    """Duration and marks beside the bar, on the side that has room."""
    text = _text(tree, node)
    start = _ms(tree, node.start_ns)
    end = max(_ms(tree, node.end_ns), start + tree.duration_ms * 0.003)
    at_left = _at_left(tree, node)
    axes.annotate(
        text,
        (start if at_left else end, row),
        xytext=(-6 if at_left else 6, 0),
        textcoords="offset points",
        ha="right" if at_left else "left",
        va="center",
        fontsize=SMALL,
        fontweight="bold" if node.failed else "normal",
        color=theme.alarm if _odd(tree, node) else _ink(node, theme),
    )


def _text(tree: TraceTree, node: Node) -> str:
    return "  ".join([words.duration(node.duration_ms), *marks(tree, node)])


def _reach(tree: TraceTree, node: Node) -> float:
    """Where a label at the right of a bar ends, in parts of the trace's width."""
    end = _ms(tree, node.end_ns) / (tree.duration_ms or 1)
    return end + len(_text(tree, node)) * CHARACTER


def _at_left(tree: TraceTree, node: Node) -> bool:
    start = _ms(tree, node.start_ns)
    return _reach(tree, node) > ROOM and start > tree.duration_ms * 0.3


def _width(tree: TraceTree, rows: Sequence[Row]) -> float:
    """The axes' width in parts of the trace's: all labels at the right are inside."""
    right = [
        _reach(tree, node)
        for node, events in rows
        if not events and not _at_left(tree, node)
    ]
    return max(ROOM, *right)


def _odd(tree: TraceTree, node: Node) -> bool:
    return node.failed or node.orphan or bool(tree.findings_of(node))


def marks(tree: TraceTree, node: Node) -> list[str]:
    """What is odd about a span, each in a word or two."""
    kinds = {fault.kind for fault in tree.findings_of(node)}
    signs = ["✖ error"] if node.failed else []
    signs += [f"visitor's error ({node.status_code})"] if node.client_error else []
    signs += ["? parent missing"] if node.orphan else []
    return signs + [f"! {word}" for kind, word in WORDS.items() if kind in kinds]


def _axes(axes: Axes, tree: TraceTree, rows: Sequence[Row], theme: Theme) -> None:
    whole = tree.duration_ms or 1.0
    axes.set_xlim(-whole * 0.01, whole * _width(tree, rows))
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_yticks(range(len(rows)), [_name(row) for row in rows])
    for label in axes.get_yticklabels():
        label.set_horizontalalignment("left")
    _left_align(axes, rows)
    axes.tick_params(axis="y", length=0)
    ticks = [
        t
        for t in MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]).tick_values(0, whole)
        if 0 <= t <= whole * 1.05
    ]
    axes.set_xticks(ticks)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda ms, _: words.duration(ms)))
    axes.grid(axis="x", color=theme.grid, linewidth=1)
    axes.set_axisbelow(True)
    more = len(tree.nodes) - sum(not events for _, events in rows)
    rest = f"; {words.plural(more, 'more span')} not drawn" if more else ""
    axes.set_xlabel(f"time since the trace began{rest}", fontsize=SIZE)


def _left_align(axes: Axes, rows: Sequence[Row]) -> None:
    longest = max(width(_name(row), SMALL) for row in rows)
    axes.tick_params(axis="y", pad=longest + 10)


def _name(row: Row) -> str:
    node, events = row
    indent = min(node.depth, 8) * 2 + 2 * bool(events)
    text = node.name or node.kind or "(no name)"
    if len(events) == 1:
        thrown = events[0].attributes.get("exception.type", "")
        text = f"◇ {events[0].name} {thrown}".rstrip()
    elif events:
        text = f"◇ {len(events)} more events"
    return "\u2007" * indent + elide(text, NAME_WIDTH - indent)


def _legend(figure: Figure, tree: TraceTree, theme: Theme) -> None:
    handles = []
    for service in tree.services[:8]:
        color, hatch = _style(tree, service, theme)
        name = elide(service or "(no service)", 24)
        handles.append(
            Patch(facecolor=color, hatch=hatch, edgecolor=theme.ink, label=name)
        )
    figure.legend(
        handles=handles,
        loc="outside lower left",
        ncols=min(len(handles), 4),
        fontsize=SMALL,
        labelcolor=theme.ink,
        frameon=False,
        handlelength=2.6,
        handleheight=1.2,
    )
