"""OTLP metrics in, data points of CloudWatch out."""

from lab_emulators.aws.metrics.otlp.ingestion import OtlpMetrics

__all__ = ["OtlpMetrics"]
