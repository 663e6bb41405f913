"""What checks read: a student's telemetry, in memory or at the vendor."""
