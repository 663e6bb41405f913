"""The storage of CloudWatch Logs: events, log groups and streams, filters."""
