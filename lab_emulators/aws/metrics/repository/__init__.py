"""The storage of metrics: their data points."""
