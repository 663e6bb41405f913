"""OTLP metrics in, data points of CloudWatch out."""

from lab_emulators.aws.metrics.otlp.taking import OtlpMetrics

__all__ = ["OtlpMetrics"]
