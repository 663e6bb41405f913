"""Local stand-ins that speak the vendors' own protocols over a real database."""
