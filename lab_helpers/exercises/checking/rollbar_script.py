"""A program of its own that starts pyrollbar and reports one exception.

It runs by its path, since pyrollbar can be initialized once a process only. Standard
input is JSON: `settings` for `rollbar.init`, `secrets` by name. It ends as a process
that is killed does: what has not been sent by then is lost. The network is slow here
for every thread but the main one, so that what a thread would send always comes late.
"""

import json
import logging
import os
import sys
import threading
import time
from urllib.parse import urlencode

import rollbar
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

LATE_S = 60.0


def slow_network(event: str, _: object) -> None:
    """An audit hook that lets threads wait before they connect."""
    here = threading.current_thread()
    if event == "socket.connect" and here is not threading.main_thread():
        time.sleep(LATE_S)


def sign_in(handle: str, password: str, passphrase: str, secret: str) -> None:
    """Fails, with secrets among its arguments."""
    raise PermissionError(f"{handle} may not come in")


def main() -> None:
    """Reads the task, reports, ends at once."""
    task = json.load(sys.stdin)
    logging.basicConfig(level=logging.WARNING)
    sys.addaudithook(slow_network)
    rollbar.init(**task["settings"])
    secrets = task.get("secrets") or {}
    builder = EnvironBuilder(
        path="/sign-in",
        query_string=urlencode(
            {
                "tide": "spring",
                "token": secrets.get("token", ""),
                "passwd": secrets.get("passwd", ""),
            }
        ),
        headers=Headers(
            [
                ("Cookie", secrets.get("cookie", "")),
                ("Authorization", secrets.get("authorization", "")),
            ]
        ),
    )
    try:
        sign_in(
            task.get("handle", "marisol"),
            secrets.get("password", ""),
            secrets.get("passphrase", ""),
            secrets.get("secret", ""),
        )
    except PermissionError:
        rollbar.report_exc_info(request=Request(builder.get_environ()))
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
