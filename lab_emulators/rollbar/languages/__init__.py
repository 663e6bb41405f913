"""The query language of Rollbar."""
