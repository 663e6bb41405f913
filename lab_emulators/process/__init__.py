"""The process that hosts every emulator, and its control calls."""
