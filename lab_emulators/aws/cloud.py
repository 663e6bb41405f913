"""The local AWS as one object: our engines and their stores, moto, the recorder."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lab_emulators.aws.alarms.actions import Outlets
from lab_emulators.aws.cloudwatch import CloudWatch
from lab_emulators.aws.gateway import moto, stand_ins
from lab_emulators.aws.gateway.app import Gateway, Parts
from lab_emulators.aws.gateway.lab_routes import LabRoutes
from lab_emulators.aws.gateway.recorder import Recorder
from lab_emulators.aws.gateway.routing import Engines
from lab_emulators.aws.gateway.warm_up import warm_up
from lab_emulators.aws.logs.engine import Logs
from lab_emulators.aws.xray.background_indexer import BackgroundIndexer
from lab_emulators.aws.xray.engine import XRay
from lab_emulators.contract import ACCOUNT_ID
from lab_emulators.store import Limits, Store


@dataclass(frozen=True, slots=True)
class Stores:
    """The files beneath the engines, one for each."""

    xray: Store
    logs: Store
    metrics: Store


class Cloud:
    """The services behind one gateway, emptied together."""

    def __init__(self, stores: Stores, region: str) -> None:
        outlets = Outlets(moto.publish, moto.emit)
        self._xray = XRay(stores.xray, region=region)
        self._metrics = CloudWatch(stores.metrics, region=region, outlets=outlets)
        put = self._metrics.put
        logs = Logs(stores.logs, region=region, publish_metrics=put)
        self.engines: Engines = {
            "xray": self._xray,
            "logs": logs,
            "cloudwatch": self._metrics,
        }
        stand_ins.hand_over(logs.call, self._metrics.put_under)
        self.recorder = Recorder(ACCOUNT_ID)
        lab = LabRoutes(self.reset, self._metrics.tick)
        self.gateway = Gateway(Parts(self.engines, self.recorder, lab))
        self._indexers: list[BackgroundIndexer] = []

    def warm_up(self) -> None:
        """Makes what an earlier process stored ready, in the background."""
        self._indexers.append(self._xray.warm_up())

    def health(self) -> dict[str, bool]:
        """The X-Ray part of `GET /health`: true when all that arrived can be read."""
        return {"warm": self._xray.is_warm}

    def reset(self) -> None:
        """Removes all data: ours, moto's and the recorder's."""
        for engine in self.engines.values():
            engine.reset()
        moto.reset()
        self.recorder.reset()

    def close(self) -> None:
        """Stops the background threads; the stores stay open."""
        while self._indexers:
            self._indexers.pop().close()
        for engine in self.engines.values():
            engine.close()


@contextlib.contextmanager
def opened(state_dir: Path, region: str, *, appends: int) -> Iterator[Cloud]:
    """The local AWS over the data in `state_dir`, warm; closed again on leaving.

    At most `appends` requests to an engine wait for their data to be durable; the
    next one is refused for now. Raises StoreError when data cannot be opened.
    """
    limits = Limits(pending_appends=appends)
    with opened_stores(state_dir / "aws", limits) as stores:
        cloud = Cloud(stores, region)
        try:
            warm_up(cloud.gateway)
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
