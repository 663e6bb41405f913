"""What authors of pages use: run notebooks and write their outputs."""
