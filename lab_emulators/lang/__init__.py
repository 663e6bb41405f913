"""What the query languages of all vendors share: positions, errors, tree nodes."""
