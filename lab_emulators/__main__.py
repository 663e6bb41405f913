"""`python -m lab_emulators --state-dir DIR`: host the emulators.

Prints one JSON line when everything answers, or one that says why it cannot.
"""

import argparse
import json
import logging
import signal
import sys
from collections.abc import Sequence
from logging.handlers import RotatingFileHandler
from pathlib import Path

from lab_emulators import contract
from lab_emulators.honeycomb.config import HoneycombConfig
from lab_emulators.process.block_pandas import go_without_pandas
from lab_emulators.process.host import GRACE_S, Host, Options, hosted
from lab_emulators.rollbar.config import RollbarConfig
from lab_emulators.store import DiskFullError, StoreError

LOG = "emulators.log"
_LOG_BYTES = 1_000_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Host until stopped: 0; 1 when it cannot start, with the reason on stdout."""
    chosen = _parser().parse_args(arguments)
    go_without_pandas()
    try:
        _log_to(chosen.state_dir)
        with hosted(_options(chosen)) as host:
            _obey_signals(host)
            _say(host.ready())
            host.warm()
            host.wait()
    except StoreError as error:
        return _refuse(str(error))
    except OSError as error:
        text = f"{error}. `lab doctor` says more; `lab reset` starts afresh."
        return _refuse(str(DiskFullError.of(error) or text))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="lab_emulators")
    parser.add_argument("--version", action="version", version=contract.VERSION)
    parser.add_argument("--state-dir", type=Path, required=True)
    parser.add_argument("--honeycomb-port", type=int, default=contract.HONEYCOMB_PORT)
    parser.add_argument("--aws-port", type=int, default=contract.AWS_PORT)
    parser.add_argument("--xray-port", type=int, default=contract.XRAY_PORT)
    parser.add_argument("--rollbar-port", type=int, default=contract.ROLLBAR_PORT)
    parser.add_argument("--aws-region", default=contract.REGION)
    parser.add_argument("--keep", action="store_true", help="run until stopped")
    parser.add_argument("--grace", type=float, default=GRACE_S, metavar="SECONDS")
    parser.add_argument("--enforce-rate-limits", action="store_true")
    parser.add_argument("--truncate-window", action="store_true")
    measuring = parser.add_argument_group("for benchmarks")
    measuring.add_argument("--decoder", choices=("columnar", "plain"))
    measuring.add_argument("--not-durable", action="store_true")
    return parser


def _options(chosen: argparse.Namespace) -> Options:
    honeycomb = HoneycombConfig(
        truncate_window=chosen.truncate_window,
        enforce_rate_limits=chosen.enforce_rate_limits,
        decoder=chosen.decoder or "columnar",
        durable=not chosen.not_durable,
    )
    return Options(
        state_dir=chosen.state_dir,
        honeycomb_port=chosen.honeycomb_port,
        aws_port=chosen.aws_port,
        xray_port=chosen.xray_port,
        rollbar_port=chosen.rollbar_port,
        region=chosen.aws_region,
        keep=chosen.keep,
        grace_s=chosen.grace,
        honeycomb=honeycomb,
        rollbar=RollbarConfig(enforce_rate_limits=chosen.enforce_rate_limits),
    )


def _log_to(state_dir: Path) -> None:
    """Warnings and defects go to a file of bounded size, nothing to the terminal."""
    state_dir.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(
        state_dir / LOG, maxBytes=_LOG_BYTES, backupCount=1, encoding="utf-8"
    )
    logging.basicConfig(
        handlers=[handler],
        level=logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    # a queue of requests is what overload looks like, not a defect
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)


def _obey_signals(host: Host) -> None:
    names = ("SIGINT", "SIGTERM", "SIGBREAK")
    for number in (getattr(signal, name, None) for name in names):
        if number is not None:
            signal.signal(number, lambda *_: host.stop())


def _say(line: dict[str, object]) -> None:
    print(json.dumps(line), flush=True)


def _refuse(reason: str) -> int:
    logging.getLogger(__name__).error("%s", reason)
    print(reason, file=sys.stderr)
    _say({"ready": False, "error": reason})
    return 1


if __name__ == "__main__":
    sys.exit(main())
