"""The calculated-field language: text to a tree."""


def check_expression(text: str) -> None:
    """Raise `SpecError` (400) unless `text` is a valid calculated field."""
    raise NotImplementedError("being written")
