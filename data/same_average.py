"""Make same_average.csv: two services, one mean, one P95, two very different days.

Run it from anywhere: `python data/same_average.py` writes the file beside itself.
"""

from pathlib import Path

import numpy as np
import pandas as pd

REQUESTS = 3000
MEAN_MS, P95_MS = 60.0, 134.0
MORNING = pd.Timestamp("2026-11-02 09:00", tz="UTC")


def durations() -> dict[str, np.ndarray]:
    """Durations in ms by service; `steady` is one band, `split` is three."""
    rng = np.random.default_rng(7)
    steady = 50 * np.exp(rng.normal(0, 0.6, REQUESTS))
    shares = rng.choice(3, REQUESTS, p=[0.4, 0.48, 0.12])
    bands = np.array([5.0, 91.0, 130.0])[shares]
    split = bands * np.exp(rng.normal(0, 0.06, REQUESTS))
    return {"steady": fitted(steady), "split": fitted(split, low=10)}


def fitted(values: np.ndarray, low: float = 0) -> np.ndarray:
    """Stretched so that P95 is right, then shifted below it so that the mean is."""
    values = values * (P95_MS / np.quantile(values, 0.95))
    body = (values < P95_MS * 0.85) & (values > low)
    for _ in range(200):  # scaling the body moves neither the tail nor the P95
        missing = (MEAN_MS - values.mean()) * len(values)
        values[body] *= 1 + missing / values[body].sum()
    return values.round(2)


def table() -> pd.DataFrame:
    """One row per request of an hour: service, start (UTC), duration_ms."""
    rng = np.random.default_rng(11)
    frames = []
    for service, values in durations().items():
        seconds = np.sort(rng.uniform(0, 3600, len(values))).round(3)
        start = MORNING + pd.to_timedelta(seconds, unit="s")
        frames.append(
            pd.DataFrame({"service": service, "start": start, "duration_ms": values})
        )
    return pd.concat(frames, ignore_index=True)


if __name__ == "__main__":
    table().to_csv(Path(__file__).with_suffix(".csv"), index=False, lineterminator="\n")
