"""Durable writes: journal, transactions, and replay after a crash."""
