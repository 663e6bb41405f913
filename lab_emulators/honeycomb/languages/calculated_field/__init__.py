"""Calculated fields: Honeycomb's expressions over the columns of an event."""
