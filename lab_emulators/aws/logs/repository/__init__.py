"""What CloudWatch Logs stores: events, log groups and streams, filters."""
