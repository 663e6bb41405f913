"""What a metric math expression is refused with."""


class MathError(ValueError):
    """An expression that cannot be read, or asks for what there is not."""


def not_emulated(name: str) -> MathError:
    """The refusal of a part of AWS's language that is not done here."""
    return MathError(f"not emulated locally: {name} in a metric math expression")
