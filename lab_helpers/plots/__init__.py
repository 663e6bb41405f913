"""Pictures of what `analysis` returns, each with a sentence that says what it shows."""

from lab_helpers.plots.alarm import alarm
from lab_helpers.plots.distribution import response_times
from lab_helpers.plots.heatmap import compare, heatmap
from lab_helpers.plots.occurrences import occurrences
from lab_helpers.plots.picture import Picture
from lab_helpers.plots.series import percentiles_over_time
from lab_helpers.plots.service_map import service_map
from lab_helpers.plots.span_details import SpanDetails, span_details
from lab_helpers.plots.theme import ThemeName
from lab_helpers.plots.waterfall import waterfall

__all__ = [
    "Picture",
    "SpanDetails",
    "ThemeName",
    "alarm",
    "compare",
    "heatmap",
    "occurrences",
    "percentiles_over_time",
    "response_times",
    "service_map",
    "span_details",
    "waterfall",
]
