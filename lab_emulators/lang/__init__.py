"""Parts that the query languages of all vendors share: positions, errors, nodes."""
