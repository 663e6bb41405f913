"""One Kittiwake service as a process: `python -m lab_helpers.app feed --seed 7`.

The first line of standard input is a JSON object, `{"env": {...}, "urls": {...}}`: the
environment variables to set and, for the api, where feed and messages are. The first
line of standard output is `{"ready": true, "service", "url", "pid"}`. The process ends
when its standard input closes.
"""

from __future__ import annotations

import argparse
import gc
import importlib.util
import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from flask import Flask

from lab_helpers.app.factory import create_app
from lab_helpers.app.server import Server
from lab_helpers.app.service import SERVICES


def main(arguments: Sequence[str] | None = None) -> None:
    """Serves one service until standard input ends."""
    options = _parser().parse_args(arguments)
    # Interrupting a notebook cell interrupts the whole process group; not us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ready, sys.stdout = sys.stdout, sys.stderr
    request = json.loads(sys.stdin.readline())
    os.environ.update(request["env"])
    app = _build(options, request["urls"])
    if options.setup is not None:
        _load(options.setup).instrument(app, options.service)
    # What is there by now stays: to go through it again, at every full collection of
    # garbage, would stop the requests for some 40 ms.
    gc.collect()
    gc.freeze()
    with Server(app, options.service) as server:
        line = {"ready": True, "service": options.service, "url": server.url}
        print(json.dumps(line | {"pid": os.getpid()}), file=ready, flush=True)
        sys.stdin.read()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lab_helpers.app")
    parser.add_argument("service", choices=SERVICES)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--pace", type=float, default=1.0)
    parser.add_argument("--database", type=Path)
    parser.add_argument("--setup", type=Path)
    return parser


def _build(options: argparse.Namespace, urls: dict[str, str]) -> Flask:
    return create_app(
        options.service,
        feed_url=urls.get("feed"),
        messages_url=urls.get("messages"),
        seed=options.seed,
        database=options.database,
        pace=options.pace,
    )


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("kittiwake_setup", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()
