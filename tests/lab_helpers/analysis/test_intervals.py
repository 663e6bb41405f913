import pytest

from lab_helpers.analysis.intervals import uncovered


@pytest.mark.parametrize(
    ("parts", "left"),
    [
        ([], 10),
        ([(2, 4), (3, 6)], 6),
        ([(-5, 3), (8, 20)], 5),
        ([(20, 30)], 10),
        ([(0, 10), (2, 3)], 0),
    ],
)
def test_overlap_counts_once_and_what_lies_outside_not_at_all(
    parts: list[tuple[int, int]], left: int
) -> None:
    assert uncovered((0, 10), parts) == left
