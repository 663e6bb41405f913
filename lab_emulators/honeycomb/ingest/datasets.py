"""Rows gathered per dataset, and how much one request may hold."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from lab_emulators.honeycomb.naming import slug_of
from lab_emulators.otlp import OtlpError
from lab_emulators.store import Batch, Row

MAX_ROWS = 1 << 18  # of one request
MAX_DATASETS = 1_000  # in one request
MAX_CELLS = 1 << 24  # rows × columns of one dataset in one request

LATEST_NS = (1 << 63) - 1


@dataclass(slots=True)
class Gathered:
    """The rows of one request, by dataset slug, in order of arrival."""

    labels: dict[str, str] = field(default_factory=dict)
    rows: dict[str, list[Row]] = field(default_factory=dict)

    def add(self, dataset: str, rows: Iterable[Row]) -> None:
        """Appends `rows` to the dataset of that name; none leave no dataset behind."""
        rows = list(rows)
        if rows:
            slug = slug_of(dataset)
            self.labels.setdefault(slug, dataset)
            self.rows.setdefault(slug, []).extend(rows)

    def batches(self) -> list[Batch]:
        """Returns one batch per dataset; OtlpError when one is unreasonably wide."""
        check_datasets(len(self.rows))
        return [
            batch_of(slug, self.labels[slug], rows) for slug, rows in self.rows.items()
        ]


def batch_of(slug: str, label: str, rows: Sequence[Row]) -> Batch:
    """Returns rows of one dataset as a batch; OtlpError when unreasonably wide."""
    check_width(len(rows), len({key for row in rows for key in row.values}))
    return Batch.from_rows(slug, label, rows)


def check_length(rows: int) -> None:
    """OtlpError for more rows in one request than any exporter sends (our limit)."""
    if rows > MAX_ROWS:
        raise OtlpError(f"{rows:,} events in one request, the limit is {MAX_ROWS:,}")


def check_datasets(datasets: int) -> None:
    """OtlpError for more service names in one request than any system has."""
    if datasets > MAX_DATASETS:
        raise OtlpError(
            f"{datasets:,} different service names in one request, "
            f"the limit is {MAX_DATASETS:,}"
        )


def check_width(rows: int, keys: int) -> None:
    """OtlpError when rows × distinct keys would not fit in memory (our limit)."""
    if rows * keys > MAX_CELLS:
        raise OtlpError(
            f"{rows:,} events with {keys:,} different attribute keys in one request: "
            "put what varies into values, not into keys"
        )


def timestamp(unix_nano: int) -> int:
    """Returns an OTLP time, which is unsigned, as a signed one, the latest at most."""
    return min(unix_nano, LATEST_NS)
