"""Pure functions on DataFrames: heatmap grids, percentiles, traces, service maps."""

from lab_helpers.analysis.bands import Band
from lab_helpers.analysis.columns import EDGE_COLUMNS, HEATMAP_COLUMNS, TRACE_COLUMNS
from lab_helpers.analysis.faults import FaultKind, TraceFault
from lab_helpers.analysis.heatmap import HeatmapGrid, PercentileLine
from lab_helpers.analysis.outcomes import Outcomes
from lab_helpers.analysis.percentiles import (
    PercentileTrap,
    mean_of_percentiles,
    over_time,
    percentile,
    percentiles,
)
from lab_helpers.analysis.service_map import Edge, Service, ServiceMap
from lab_helpers.analysis.trace_tree import Node, Segment, TraceTree
from lab_helpers.analysis.windows import whole_minutes

__all__ = [
    "EDGE_COLUMNS",
    "HEATMAP_COLUMNS",
    "TRACE_COLUMNS",
    "Band",
    "Edge",
    "FaultKind",
    "HeatmapGrid",
    "Node",
    "Outcomes",
    "PercentileLine",
    "PercentileTrap",
    "Segment",
    "Service",
    "ServiceMap",
    "TraceFault",
    "TraceTree",
    "mean_of_percentiles",
    "over_time",
    "percentile",
    "percentiles",
    "whole_minutes",
]
