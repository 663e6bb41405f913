"""Honeycomb's query API as DataFrames."""

from lab_helpers.clients.honeycomb.client import HoneycombClient

__all__ = ["HoneycombClient"]
