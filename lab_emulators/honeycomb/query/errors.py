"""Error of a query specification, the only one it can cause."""

from collections.abc import Mapping, Sequence

INVALID_INPUT = "The provided input is invalid."


class SpecError(Exception):
    """A specification or expression that Honeycomb would refuse.

    `status` is 422 where a documented schema limit is broken, with `type_detail`
    naming the fields, and 400 for everything else. Which of the two the live service
    uses is unpublished for most rules; this split is our choice.
    """

    def __init__(
        self,
        text: str,
        *,
        status: int = 400,
        type_detail: Sequence[Mapping[str, str]] = (),
    ) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.type_detail = [dict(detail) for detail in type_detail]


def invalid(field: str, description: str, code: str = "invalid") -> SpecError:
    """422 about one field; `code` is invalid, missing or incorrect_type."""
    detail = {"field": field, "code": code, "description": description}
    return SpecError(INVALID_INPUT, status=422, type_detail=[detail])
