"""What reading an OTLP request raises."""


class OtlpError(ValueError):
    """An OTLP request that cannot be taken, whole; the text says what is wrong."""
