"""OTLP over HTTP as AWS's endpoints read it: what traces, logs and metrics share."""
