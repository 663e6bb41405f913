"""What is stored of metrics: their data points."""
