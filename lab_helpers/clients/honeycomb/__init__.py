"""Honeycomb's query API as DataFrames."""
