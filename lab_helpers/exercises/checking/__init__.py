"""Readers for checks: a student's telemetry, in memory or at the vendor."""
