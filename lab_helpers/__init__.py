"""Package of the tracing workbook: the lab, the embedded app, clients and pictures."""
