"""Emulated AWS: our engines, in front of moto."""
