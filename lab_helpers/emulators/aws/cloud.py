"""The local AWS as one object: our engines and their store, moto, the recorder."""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from lab_helpers.emulators.aws import moto_base, warm
from lab_helpers.emulators.aws.capability import Engine
from lab_helpers.emulators.aws.errors import AwsError
from lab_helpers.emulators.aws.frontdoor import FrontDoor, Parts
from lab_helpers.emulators.aws.recorder import Recorder
from lab_helpers.emulators.aws.xray import XRay
from lab_helpers.emulators.aws.xray.otlp import OtlpError, documents_of
from lab_helpers.emulators.aws.xray.warmer import Warmer
from lab_helpers.emulators.store import Store
from lab_helpers.emulators.store.writer import Limits


class Cloud:
    """Everything behind one front door, emptied together."""

    def __init__(self, store: Store, region: str) -> None:
        self._xray = XRay(store, region=region)
        self.engines: Mapping[str, Engine] = {"xray": self._xray}
        self.recorder = Recorder(moto_base.ACCOUNT)
        self.door = FrontDoor(Parts(self.engines, self.recorder, _convert, self.reset))
        self._warmers: list[Warmer] = []

    def warm(self) -> None:
        """Make what an earlier process stored ready, in the background."""
        self._warmers.append(self._xray.warm())

    def health(self) -> dict[str, bool]:
        """What `GET /health` says of X-Ray: whether what came is ready to be read."""
        return {"warm": self._xray.is_warm}

    def close(self) -> None:
        """End what runs beside the calls; the store stays open."""
        while self._warmers:
            self._warmers.pop().close()

    def reset(self) -> None:
        """Forget everything: ours, moto's and what was recorded."""
        self._xray.reset()
        moto_base.reset()
        self.recorder.reset()


@contextlib.contextmanager
def opened(state_dir: Path, region: str, *, appends: int) -> Iterator[Cloud]:
    """The local AWS over the data in `state_dir`, warm; closed again on leaving.

    At most `appends` requests wait for their segments to be durable; the next one is
    told to come again. Raises StoreError when the data cannot be opened.
    """
    with Store.open(
        state_dir / "aws" / "xray.duckdb",
        limits=Limits(pending_appends=appends),
    ) as store:
        cloud = Cloud(store, region)
        try:
            warm.warm(cloud.door)
            yield cloud
        finally:
            cloud.close()


def _convert(body: bytes, kind: str) -> list[str]:
    try:
        return documents_of(body, kind)
    except (OtlpError, RecursionError) as error:
        text = f"the OTLP request cannot be read: {error}"
        raise AwsError("SerializationException", text) from error
