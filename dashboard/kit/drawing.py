"""vl-convert in a process of its own, which ends when nobody has drawn for a while: its memory is not the server's."""

from __future__ import annotations

import pickle
import subprocess
import sys
import threading
from io import BufferedReader
from typing import IO, Any, cast

import psutil

IDLE = 60.0
"""Seconds without a drawing after which the process ends; the next one waits a second for a new one."""

MOST_MEGABYTES = 130.0
"""A process that has grown larger ends after its drawing: it starts with 90 and keeps what every drawing has needed."""


class Drawer:
    """What has vl-convert draw, one call after the other."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._end = threading.Timer(0, self.close)

    def draw(self, function: str, *args: Any, **options: Any) -> Any:
        """Return what a function of vl-convert returns.

        Raises
        ------
        ValueError
            If vl-convert refuses, or its process dies, with what it says.
        """
        with self._lock:
            self._end.cancel()
            try:
                known, answer = self._ask((function, args, options))
            except (EOFError, OSError):
                self._stop()
                raise ValueError(f"vl-convert ended while it drew ({function})") from None
            except BaseException:
                self._stop()
                raise
            if self._megabytes() > MOST_MEGABYTES:
                self._stop()
            else:
                self._end = threading.Timer(IDLE, self.close)
                self._end.daemon = True
                self._end.start()
        if not known:
            raise ValueError(answer)
        return answer

    def close(self) -> None:
        """End the process; the next drawing starts another."""
        with self._lock:
            self._stop()

    def _ask(self, call: tuple[str, Any, Any]) -> tuple[bool, Any]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "dashboard.kit.drawing"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
        asked, answers = cast("IO[bytes]", self._process.stdin), cast("IO[bytes]", self._process.stdout)
        pickle.dump(call, asked)
        asked.flush()
        found: tuple[bool, Any] = pickle.load(answers)  # noqa: S301
        return found

    def _megabytes(self) -> float:
        """Return the resident memory of the process; 0 if it is gone."""
        try:
            return float(psutil.Process(cast("subprocess.Popen[bytes]", self._process).pid).memory_info().rss) / 1e6
        except psutil.NoSuchProcess:
            return 0.0

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


DRAWER = Drawer()
draw = DRAWER.draw


def main() -> None:
    """Answer calls from the standard input until it ends."""
    import vl_convert

    line, out = cast(BufferedReader, sys.stdin.buffer), sys.stdout.buffer
    while line.peek(1):
        function, args, options = pickle.load(line)  # noqa: S301
        try:
            answer = True, getattr(vl_convert, function)(*args, **options)
        except ValueError as error:
            answer = False, str(error)
        pickle.dump(answer, out)
        out.flush()


if __name__ == "__main__":
    main()
