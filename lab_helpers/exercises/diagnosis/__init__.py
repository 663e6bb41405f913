"""Diagnosis of the span path: which link between app and query is broken."""
