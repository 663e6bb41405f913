"""CloudWatch Logs Insights: its query language, compiled to the store's queries."""
