"""One trace as a waterfall: a bar per span, children below their parents."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from lab_helpers.analysis import words
from lab_helpers.analysis.faults import FaultKind
from lab_helpers.analysis.trace_tree import MS, Node, TraceTree
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

ROW = 0.34
NAME_WIDTH = 40

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
    in words; diamonds are span events. At most `most` spans are drawn, and a line says
    how many more there are.
    """
    tree = trace if isinstance(trace, TraceTree) else TraceTree.from_frame(trace)
    look = theme_of(theme)
    shown = tree.nodes[:most]
    figure = blank(look, 10.5, 1.7 + ROW * max(len(shown), 3))
    axes = figure.subplots()
    dress(axes, look, title or _title(tree), columns=56)
    if not shown:
        say(axes, look, "No spans in this trace")
        return Picture(figure, alt or describe(tree))
    _draw(axes, tree, shown, look)
    _axes(axes, tree, shown, look)
    _legend(figure, tree, look)
    return Picture(figure, alt or describe(tree))


def describe(tree: TraceTree) -> str:
    """Describes a waterfall in one sentence or two of rounded facts."""
    if not tree.nodes:
        return "Waterfall of a trace without any spans."
    top = tree.roots[0]
    busiest = max(tree.nodes, key=lambda node: (node.self_ms, -node.index))
    parts = [
        f"Waterfall of {words.plural(len(tree.nodes), 'span')} in "
        f"{words.plural(len(tree.services), 'service')}: {top.name} takes about "
        f"{words.about(tree.duration_ms)}, most of it in {busiest.name} "
        f"({busiest.service})."
    ]
    if tree.errors:
        names = list(dict.fromkeys(node.name for node in tree.errors))
        shown = ", ".join(names[:3])
        parts.append(f"{words.plural(len(tree.errors), 'span')} failed: {shown}.")
    orphans = sum(node.orphan for node in tree.nodes)
    if orphans:
        whose = "its parent" if orphans == 1 else "their parents"
        parts.append(f"{words.plural(orphans, 'span')} without {whose}.")
    skewed = [f for f in tree.findings if f.kind is FaultKind.CLOCK_SKEW]
    if skewed:
        parts.append(f"{words.plural(len(skewed), 'span')} with clock skew.")
    return " ".join(parts)


def _title(tree: TraceTree) -> str:
    name = elide(tree.roots[0].name, 40) if tree.nodes else "Trace"
    trace = f" · trace {tree.trace_id[:8]}" if tree.trace_id else ""
    return f"{name}{trace}"


def _style(tree: TraceTree, service: str, theme: Theme) -> tuple[str, str]:
    i = tree.services.index(service)
    again = i // len(theme.fills)
    return theme.fills[i % len(theme.fills)], HATCHES[(i + again) % len(HATCHES)]


def _ms(tree: TraceTree, ns: int) -> float:
    return (ns - tree.start_ns) / MS


def _draw(axes: Axes, tree: TraceTree, shown: tuple[Node, ...], theme: Theme) -> None:
    least = tree.duration_ms * 0.003
    for row, node in enumerate(shown):
        color, hatch = _style(tree, node.service, theme)
        start = _ms(tree, node.start_ns)
        axes.barh(
            row,
            max(node.duration_ms, least),
            left=start,
            height=0.66,
            color=color,
            hatch=hatch,
            edgecolor=theme.alarm if node.error else theme.ink,
            linewidth=2.2 if node.error else 0.8,
        )
        _events(axes, tree, node, row, theme)
        _label(axes, tree, node, row, theme)


def _events(axes: Axes, tree: TraceTree, node: Node, row: int, theme: Theme) -> None:
    times = [
        _ms(tree, note.start_ns)
        for note in node.annotations
        if note.kind == "span_event"
    ]
    axes.plot(
        times,
        [row] * len(times),
        linestyle="",
        marker="D",
        markersize=7,
        markerfacecolor=theme.background,
        markeredgecolor=theme.ink,
        zorder=4,
    )


def _label(axes: Axes, tree: TraceTree, node: Node, row: int, theme: Theme) -> None:
    """Duration and marks beside the bar, on the side that has room."""
    text = "  ".join([words.duration(node.duration_ms), *_marks(tree, node)])
    start = _ms(tree, node.start_ns)
    end = max(_ms(tree, node.end_ns), start + tree.duration_ms * 0.003)
    room_right = 1.25 - end / (tree.duration_ms or 1)
    at_left = room_right < len(text) * 0.0145 and start > tree.duration_ms * 0.3
    axes.annotate(
        text,
        (start if at_left else end, row),
        xytext=(-6 if at_left else 6, 0),
        textcoords="offset points",
        ha="right" if at_left else "left",
        va="center",
        fontsize=SMALL,
        fontweight="bold" if node.error else "normal",
        color=theme.alarm if _marks(tree, node) else theme.ink,
    )


def _marks(tree: TraceTree, node: Node) -> list[str]:
    kinds = {fault.kind for fault in tree.findings_of(node)}
    marks = ["✖ error"] if node.error else []
    marks += ["? parent missing"] if node.orphan else []
    return marks + [f"! {word}" for kind, word in WORDS.items() if kind in kinds]


def _axes(axes: Axes, tree: TraceTree, shown: tuple[Node, ...], theme: Theme) -> None:
    whole = tree.duration_ms or 1.0
    axes.set_xlim(-whole * 0.01, whole * 1.25)
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.set_yticks(range(len(shown)), [_name(node) for node in shown])
    for label in axes.get_yticklabels():
        label.set_horizontalalignment("left")
    _left_align(axes, shown)
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
    more = len(tree.nodes) - len(shown)
    rest = f"; {words.plural(more, 'more span')} not drawn" if more else ""
    axes.set_xlabel(f"time since the trace began{rest}", fontsize=SIZE)


def _left_align(axes: Axes, shown: tuple[Node, ...]) -> None:
    longest = max(width(_name(node), SMALL) for node in shown)
    axes.tick_params(axis="y", pad=longest + 10)


def _name(node: Node) -> str:
    indent = min(node.depth, 8) * 2
    text = elide(node.name or node.kind or "(no name)", NAME_WIDTH - indent)
    return "\u2007" * indent + text


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
