"""The state file that leads to this process, as long as its folder is there."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

NAME = "lab.json"
"""Whoever starts the process writes it, when the process is ready."""


@dataclass(slots=True)
class StateFile:
    """Tells when nobody can find this process any more, so that it ends itself.

    That is so once the state file was there and is not, or leads to another process:
    the folder was deleted.
    """

    state_dir: Path
    _seen: bool = False

    def lost(self) -> bool:
        """True if the file has led to this process and no longer does."""
        try:
            document = json.loads((self.state_dir / NAME).read_text(encoding="utf-8"))
            ours = int(document["pid"]) == os.getpid()
        except FileNotFoundError:
            return self._seen or not self.state_dir.exists()
        except (OSError, ValueError, KeyError, TypeError):
            return False  # it cannot be read now, which says nothing
        self._seen |= ours
        return self._seen and not ours
