"""Tables and columns: their types, the catalog of them, and batches of rows."""
