"""Start commands as processes of their own, which outlive the one that starts them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

BEHIND = 10
"""Niceness: whoever looks at a page goes first, and what works behind it takes the rest of the processor.

Linux weighs sessions before it weighs their processes (``sched(7)``, autogroup), so the session gets the same.
"""


def scpo(*words: str) -> list[str]:
    """Return the command ``scpo WORDS``, in this very Python."""
    return [sys.executable, "-m", "scpo", *words]


def start(command: Sequence[str], *, log: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a command in a session of its own, behind the screen, without input; what it prints goes into a file.

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
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            start_new_session=True,
            env=dict(environment),
        )
    behind = max(BEHIND, os.getpriority(os.PRIO_PROCESS, 0))
    os.setpriority(os.PRIO_PROCESS, process.pid, behind)
    with suppress(OSError):  # not Linux, or without groups, or it has ended
        Path(f"/proc/{process.pid}/autogroup").write_text(str(behind))
    return process
