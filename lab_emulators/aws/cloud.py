"""The local AWS as one object: our engines and their stores, moto, the recorder."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab_emulators.aws.alarms.actions import Outlets
from lab_emulators.aws.cloudwatch import CloudWatch
from lab_emulators.aws.gateway import moto, warm_up
from lab_emulators.aws.gateway.app import FrontDoor, Parts
from lab_emulators.aws.gateway.capability import Engine
from lab_emulators.aws.gateway.otlp_routes import doors
from lab_emulators.aws.gateway.recorder import Recorder
from lab_emulators.aws.logs.engine import Logs
from lab_emulators.aws.logs.otlp import take
from lab_emulators.aws.metrics.operations.put_metric_data import metric_data_in
from lab_emulators.aws.xray.background_indexer import BackgroundIndexer
from lab_emulators.aws.xray.engine import XRay
from lab_emulators.store import Store
from lab_emulators.store.durability.writer import Limits


@dataclass(frozen=True, slots=True)
class Stores:
    """The files beneath the engines, one for each."""

    xray: Store
    logs: Store
    metrics: Store


class Cloud:
    """Everything behind one front door, emptied together."""

    def __init__(self, stores: Stores, region: str) -> None:
        self._xray = XRay(stores.xray, region=region)
        self._logs = Logs(stores.logs, region=region)
        outlets = Outlets(moto.publish, moto.emit)
        self._metrics = CloudWatch(stores.metrics, region=region, outlets=outlets)
        self.engines: Mapping[str, Engine] = {
            "xray": self._xray,
            "logs": self._logs,
            "cloudwatch": self._metrics,
        }
        self._logs.core.publish_metrics = self._metrics.core.datapoints.put
        self._logs.core.deliver = moto.deliver
        moto.hand_over(self._logs.call, self._measured)
        self.recorder = Recorder(moto.ACCOUNT)
        takes = {
            "/v1/logs": take(self._logs.core),
            "/v1/metrics": self._metrics.take_otlp,
        }
        otlp = doors(self.engines, takes)
        tick = self._metrics.tick
        parts = Parts(self.engines, self.recorder, otlp, self.reset, tick)
        self.door = FrontDoor(parts)
        self._indexers: list[BackgroundIndexer] = []

    def warm(self) -> None:
        """Make what an earlier process stored ready, in the background."""
        self._indexers.append(self._xray.warm())

    def health(self) -> dict[str, bool]:
        """What `GET /health` says of X-Ray: whether what came is ready to be read."""
        return {"warm": self._xray.is_warm}

    def reset(self) -> None:
        """Forget everything: ours, moto's and what was recorded."""
        self._logs.reset()
        self._metrics.reset()
        self._xray.reset()
        moto.reset()
        self.recorder.reset()

    def _measured(self, namespace: str, data: Sequence[Mapping[str, Any]]) -> None:
        """Take metrics of AWS's own, whose namespaces PutMetricData refuses."""
        self._metrics.core.datapoints.put(
            metric_data_in(namespace, data, self._metrics.core.clock())
        )

    def close(self) -> None:
        """End what runs beside the calls; the stores stay open."""
        while self._indexers:
            self._indexers.pop().close()
        self._logs.close()
        self._metrics.close()


@contextlib.contextmanager
def opened(state_dir: Path, region: str, *, appends: int) -> Iterator[Cloud]:
    """The local AWS over the data in `state_dir`, warm; closed again on leaving.

    At most `appends` requests to an engine wait for their data to be durable; the
    next one is told to come again. Raises StoreError when data cannot be opened.
    """
    limits = Limits(pending_appends=appends)
    with opened_stores(state_dir / "aws", limits) as stores:
        cloud = Cloud(stores, region)
        try:
            warm_up.warm(cloud.door)
            yield cloud
        finally:
            cloud.close()


@contextlib.contextmanager
def opened_stores(folder: Path, limits: Limits | None = None) -> Iterator[Stores]:
    """The engines' files in `folder`, made where there are none."""
    with contextlib.ExitStack() as files:

        def store(name: str) -> Store:
            path = folder / f"{name}.duckdb"
            return files.enter_context(Store.open(path, limits=limits or Limits()))

        yield Stores(store("xray"), store("logs"), store("metrics"))
