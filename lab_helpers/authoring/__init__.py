"""Tools for authors of pages: run notebooks and write their outputs."""
