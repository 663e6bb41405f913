"""Shared helpers of the tracing workbook: the lab, the embedded app, looking back."""
