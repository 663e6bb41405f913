"""X-Ray filter expressions: text to a tree, and trees as predicates over traces."""
