"""Queries over the rows of a store: expressions and plans, compiled to SQL."""
