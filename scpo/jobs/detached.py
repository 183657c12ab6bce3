"""Start commands as processes of their own, which outlive the one that starts them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path


def scpo(*words: str) -> list[str]:
    """Return the command ``scpo WORDS``, in this very Python."""
    return [sys.executable, "-m", "scpo", *words]


def start(command: Sequence[str], *, log: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a command in a session of its own, without input; what it prints is appended to a file.

    Parameters
    ----------
    command : sequence of str
        Program and arguments, for example from `scpo`.
    log : Path
        Its folder is made.
    environment : mapping of str to str
        All of the process's environment.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as stream:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            start_new_session=True,
            env=dict(environment),
        )
