"""CloudWatch's alarms: they change state over time, and act when they do."""
