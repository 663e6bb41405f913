"""What the decoders raise."""


class OtlpError(ValueError):
    """An OTLP request body that cannot be taken; the text says what is wrong, where.

    The whole request is refused: nothing of it may be stored.
    """
