"""Pages beside processes that never sleep: do their compared outputs stay the same?

    python benchmarks/busy_pages.py [00 02 04] [--busy 2]

nbval compares what the tests compare, with the pages one after the other. The exit
code is nbval's: 0 when every compared output is the stored one.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from lab_helpers.authoring import notebooks

PAGES = ("00", "02", "04")


def main() -> int:
    """Runs the pages, and says how much of the machine others wanted."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "pages", nargs="*", metavar="NN", help="which; 00 02 04 if none"
    )
    parser.add_argument("--busy", type=int, default=2, help="how many never sleep")
    options = parser.parse_args()
    pages = notebooks.choose(options.pages or PAGES)
    with never_sleeping(options.busy):
        print(f"{os.cpu_count()} processors, {options.busy} processes never sleep")
        command = [sys.executable, "-m", "pytest", "--numprocesses=0", *map(str, pages)]
        done = subprocess.run(command, cwd=notebooks.FOLDER.parent, check=False)
    print(f"load {os.getloadavg()[0]:.1f} at the end")
    return done.returncode


@contextmanager
def never_sleeping(count: int) -> Iterator[None]:
    """That many processes that take all the processor time they get."""
    busy = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"])
        for _ in range(count)
    ]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


if __name__ == "__main__":
    sys.exit(main())
