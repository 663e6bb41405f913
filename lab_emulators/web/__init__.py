"""HTTP as every emulator serves it."""
