"""OTLP attributes as AWS's services write them: shared by traces, logs and metrics."""
