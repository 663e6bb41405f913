"""The operations on metrics, a module for each."""
